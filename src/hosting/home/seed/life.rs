//! The demo's people go on talking while somebody watches.

use std::collections::VecDeque;
use std::time::Duration;

use jiff::Timestamp;
use tokio_util::sync::CancellationToken;

use super::character::{Character, Posted};
use super::entry::Place;
use super::script::{Line, Script};
use crate::hosting::home::{Home, HomeError, accounts};
use crate::hosting::pubsub::node::MICROBLOG;
use crate::hosting::pubsub::{Operation, Reply};

/// How many posts somebody might still answer.
const RECENT: usize = 30;

/// Lets somebody say something every 20 to 40 seconds, until `shutdown`.
pub async fn run(home: Home, shutdown: CancellationToken) {
    let pace = Pace { shortest: Duration::from_secs(20), longest: Duration::from_secs(40) };
    run_at(home, shutdown, pace, Dice(u64::from_le_bytes(accounts::random()))).await;
}

/// How long it is quiet between two things said.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// At least.
    pub shortest: Duration,
    /// At most.
    pub longest: Duration,
}

/// The same with another pace, and with dice that may be known beforehand.
pub async fn run_at(home: Home, shutdown: CancellationToken, pace: Pace, mut dice: Dice) {
    let script = Script::read();
    let mut recent = recent_posts(&home, &script).await;
    let mut unsaid: Vec<&Line> = Vec::new();
    loop {
        let spread = pace.longest.saturating_sub(pace.shortest).as_millis() as usize;
        let pause = pace.shortest + Duration::from_millis(dice.below(spread + 1) as u64);
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = shutdown.cancelled() => return,
        }
        if unsaid.is_empty() {
            unsaid.extend(&script.line);
        }
        let now = Timestamp::from_second((home.shared.limits.clock)()).unwrap_or(Timestamp::UNIX_EPOCH);
        let said = match dice.below(10) {
            0..6 => {
                let line = unsaid.swap_remove(dice.below(unsaid.len()));
                say(&home, &script, line, now).await.map(Some)
            }
            6..9 => answer(&home, &script, &recent, &mut dice, now).await.map(|()| None),
            _ => like(&home, &script, &recent, &mut dice, now).await.map(|()| None),
        };
        match said {
            Ok(Some(post)) => {
                recent.push_back(post);
                if recent.len() > RECENT {
                    recent.pop_front();
                }
            }
            Ok(None) => {}
            Err(HomeError::Ended) => return,
            // Somebody may have deleted the post that was to be answered.
            Err(error) => tracing::debug!(error = %error, "nothing was said this time"),
        }
    }
}

async fn say(home: &Home, script: &Script, line: &Line, now: Timestamp) -> Result<Posted, HomeError> {
    let character = character(script, &line.by)?;
    character.post(home, line.community.as_deref(), None, &line.text, now).await
}

async fn answer(
    home: &Home,
    script: &Script,
    recent: &VecDeque<Posted>,
    dice: &mut Dice,
    now: Timestamp,
) -> Result<(), HomeError> {
    let Some(post) = recent.get(dice.below(recent.len().max(1))) else { return Ok(()) };
    let line = &script.answer[dice.below(script.answer.len())];
    let character = character(script, &line.by)?;
    if character.address(home) == post.author {
        return Ok(());
    }
    character.reply(home, post, &line.text, now).await
}

async fn like(
    home: &Home,
    script: &Script,
    recent: &VecDeque<Posted>,
    dice: &mut Dice,
    now: Timestamp,
) -> Result<(), HomeError> {
    let Some(post) = recent.get(dice.below(recent.len().max(1))) else { return Ok(()) };
    let character = character(script, &script.person[dice.below(script.person.len())].user)?;
    if character.address(home) == post.author {
        return Ok(());
    }
    character.like(home, post, now).await
}

fn character(script: &Script, user: &str) -> Result<Character, HomeError> {
    let person = script.person(user).ok_or_else(|| HomeError::Name(user.to_owned()))?;
    Ok(Character { user: person.user.clone(), name: person.name.clone() })
}

/// The newest posts of everybody, which may be answered.
async fn recent_posts(home: &Home, script: &Script) -> VecDeque<Posted> {
    let own = script
        .person
        .iter()
        .map(|person| Place { service: format!("{}@{}", person.user, home.domain()), node: MICROBLOG.to_owned() });
    let shared = script
        .community
        .iter()
        .map(|one| Place { service: format!("pubsub.{}", home.domain()), node: one.node.clone() });
    let mut recent = VecDeque::new();
    for place in own.chain(shared) {
        let reader = format!("{}@{}", script.person[0].user, home.domain());
        let newest = Operation::Items { node: place.node.clone(), ids: Vec::new(), max_items: Some(2), page: None };
        if let Ok(Reply::Items { items, .. }) = home.operate(&place.service, &reader, newest, None).await {
            recent.extend(items.into_iter().map(|item| Posted {
                place: place.clone(),
                id: item.id,
                author: item.publisher,
            }));
        }
    }
    recent
}

/// Chance, from a number that can be given (xorshift64*). Good enough for who speaks next, and for nothing else.
#[derive(Debug, Clone)]
pub struct Dice(pub u64);

impl Dice {
    /// A number below `bound`; 0 for a bound of 0.
    pub fn below(&mut self, bound: usize) -> usize {
        let mut state = self.0.max(1);
        state ^= state >> 12;
        state ^= state << 25;
        state ^= state >> 27;
        self.0 = state;
        let high = state.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33;
        (high as usize).checked_rem(bound).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dice_reach_every_side() {
        let mut dice = Dice(7);
        let mut sides = [0; 6];
        (0..600).for_each(|_| sides[dice.below(6)] += 1);
        assert!(sides.iter().all(|count| (50..150).contains(count)), "{sides:?}");
        assert_eq!(Dice(1).below(0), 0);
    }
}
