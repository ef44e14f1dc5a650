//! Random posts, edits and removals: both engines, and a list in memory, must agree on every page.

use cirrus::store::channels::{ChannelStore, Metadata, NewChannel, NewPost, Place, Which, Window};
use proptest::prelude::*;

use crate::support::postgres;

#[derive(Debug, Clone)]
enum Step {
    Put { id: u8, at: i64, parent: Option<u8> },
    Bury(u8),
    Remove(u8),
}

fn step() -> impl Strategy<Value = Step> {
    let id = 0..12u8;
    prop_oneof![
        4 => (id.clone(), 0..6i64, proptest::option::of(id.clone()))
            .prop_map(|(id, at, parent)| Step::Put { id, at, parent }),
        1 => id.clone().prop_map(Step::Bury),
        1 => id.prop_map(Step::Remove),
    ]
}

/// (id, place in the order, whether it answers none)
type Model = Vec<(String, (i64, usize), bool)>;

fn name(id: u8) -> String {
    format!("p{id}")
}

fn apply(store: &ChannelStore, node: i64, step: &Step) {
    match step {
        Step::Put { id, at, parent } => {
            let (id, parent) = (name(*id), parent.map(name));
            let new = NewPost {
                id: &id,
                publisher: "a@x",
                payload: "<p/>",
                published: *at,
                updated: *at,
                parent: parent.as_deref(),
                rated: None,
                words: "w",
            };
            store.put_post(node, &new, *at).unwrap();
        }
        Step::Bury(id) => _ = store.bury_post(node, &name(*id), "<d/>", 9).unwrap(),
        Step::Remove(id) => _ = store.remove_post(node, &name(*id), 9).unwrap(),
    }
}

fn model(steps: &[Step]) -> Model {
    let mut model: Model = Vec::new();
    for step in steps {
        match step {
            Step::Put { id, at, parent } => {
                if !model.iter().any(|(known, ..)| *known == name(*id)) {
                    let last = model.iter().filter(|(_, (moment, _), _)| moment == at).map(|(_, (_, n), _)| *n).max();
                    model.push((name(*id), (*at, last.map_or(0, |last| last + 1)), parent.is_none()));
                }
            }
            Step::Bury(_) => {}
            Step::Remove(id) => model.retain(|(known, ..)| *known != name(*id)),
        }
    }
    model.sort_by_key(|(_, place, _)| std::cmp::Reverse(*place));
    model
}

fn check(store: &ChannelStore, node: i64, model: &Model) {
    for which in [Which::All, Which::Threads] {
        let parents_only = which == Which::Threads;
        let all: Vec<&str> =
            model.iter().filter(|(.., starts)| *starts || !parents_only).map(|(id, ..)| id.as_str()).collect();
        // Page by page, both ways.
        let (mut forth, mut after) = (Vec::new(), None::<String>);
        loop {
            let window = Window { after: after.as_deref(), before: None, max: 3, which };
            let slice = store.posts(node, &window).unwrap().unwrap();
            assert_eq!(slice.count, all.len());
            let Some(last) = slice.posts.last() else { break };
            after = Some(last.id.clone());
            forth.extend(slice.posts.into_iter().map(|post| post.id));
        }
        assert_eq!(forth, all);
        let (mut back, mut before) = (Vec::new(), String::new());
        loop {
            let window = Window { after: None, before: Some(&before), max: 3, which };
            let slice = store.posts(node, &window).unwrap().unwrap();
            let Some(first) = slice.posts.first() else { break };
            before = first.id.clone();
            back.splice(0..0, slice.posts.into_iter().map(|post| post.id));
        }
        assert_eq!(back, all);
    }
}

fn fresh(store: &ChannelStore, name: &str) -> i64 {
    let metadata = Metadata { title: "", description: "", access: "open", default_role: "member" };
    let new = NewChannel { name, is_topic: true, metadata, creator: "a@x", authority: None };
    store.add_node(store.add_channel(&new, 0).unwrap(), "posts").unwrap()
}

#[test]
fn both_engines_and_a_plain_list_agree() {
    let stores = [
        ChannelStore::open(&Place::Memory).unwrap(),
        ChannelStore::open(&Place::Postgres(postgres::server().database())).unwrap(),
    ];
    let number = std::cell::Cell::new(0);
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig {
        cases: ProptestConfig::default().cases.min(2_000),
        failure_persistence: None,
        ..ProptestConfig::default()
    });
    let cases = proptest::collection::vec(step(), 1..40);
    let run = runner.run(&cases, |steps| {
        number.set(number.get() + 1);
        let model = model(&steps);
        for store in &stores {
            store.begin().unwrap();
            let node = fresh(store, &format!("c{}@topics.x", number.get()));
            steps.iter().for_each(|step| apply(store, node, step));
            check(store, node, &model);
            store.commit().unwrap();
        }
        Ok(())
    });
    run.unwrap();
}
