//! tmp
use crate::support::browser::Tab;
#[tokio::test]
async fn smoke() {
    let tab = Tab::open("http://127.0.0.1:1").await;
    let html = "data:text/html,<!doctype html><html lang=en><title>x</title><main><h1>Hi</h1><button onclick=\"document.title='y'\">Go</button><input name=a><img src=x></main>";
    tab.command("Page.navigate", serde_json::json!({"url": html})).await;
    tab.wait_for_text("Hi").await;
    tab.click("Go").await;
    tab.wait_for("title", "document.title == 'y'").await;
    tab.write("[name=a]", "hello").await;
    assert_eq!(tab.evaluate("document.querySelector('[name=a]').value").await, "hello");
    println!("{:#?} {:?}", tab.axe().await, tab.faults());
    println!("{:?}", crate::support::checks::nu(&[("a".into(), html[15..].to_owned())]));
    tab.screenshot(std::path::Path::new("/tmp/x.png")).await;
}
