//! XEP-0124 §5: HTTP as clients, libraries and proxies speak it.

use std::io::Write;

use flate2::Compression;
use flate2::write::{GzEncoder, ZlibEncoder};

use crate::support::bosh::http::Response;
use crate::support::bosh::session::Session;
use crate::support::bosh::{Door, first_rid, message};

at_every_door! { usual {
    a_content_type_of_a_request_is_ignored
    http_1_0_without_keep_alive
    http_1_0_with_keep_alive
    a_whole_session_over_one_connection
    a_chunked_request
    a_request_in_many_pieces
    a_client_that_expects_to_be_asked_for_the_body
    pipelined_requests_are_answered_in_order
    with_and_without_a_slash
    a_page_of_another_origin_may_ask
    somebody_looks_at_the_address
    other_methods
    answers_are_compressed_for_those_who_ask
    requests_may_be_compressed
    unknown_encodings_are_refused
    header_fields_that_nobody_knows
} }

async fn a_content_type_of_a_request_is_ignored(door: Door) {
    for field in ["", "Content-Type: text/plain\r\n", "Content-Type: application/x-www-form-urlencoded\r\n"] {
        let answer = door.send_with(field, &door.creation(first_rid(), &[])).await.answer().await;
        assert!(answer.attr("sid").is_some(), "{field}");
    }
}

fn http_1_0(fields: &str, body: &str) -> String {
    format!("POST /http-bind HTTP/1.0\r\n{fields}Content-Length: {}\r\n\r\n{body}", body.len())
}

async fn http_1_0_without_keep_alive(door: Door) {
    let mut connection = door.connect().await;
    connection.send(http_1_0("", &door.creation(first_rid(), &[]))).await;
    assert!(connection.response().await.answer().attr("sid").is_some());
    assert!(connection.is_closed().await, "the end of the connection is the end of the answer");
}

async fn http_1_0_with_keep_alive(door: Door) {
    let mut connection = door.connect().await;
    for _ in 0..2 {
        connection.send(http_1_0("Connection: keep-alive\r\n", &door.creation(first_rid(), &[]))).await;
        let response = connection.response().await;
        assert_eq!(response.header("connection").map(str::to_ascii_lowercase).as_deref(), Some("keep-alive"));
        assert!(response.answer().attr("sid").is_some());
    }
}

async fn a_whole_session_over_one_connection(door: Door) {
    let mut session = Session::sign_in(door, &[]).await;
    let mut connection = door.connect().await;
    for number in 0..5 {
        let text = format!("message {number}");
        connection.send(door.request(&session.next(&message(&session.address, &text)))).await;
        let mut answer = connection.response().await.answer();
        while answer.messages().is_empty() {
            connection.send(door.request(&session.next(""))).await;
            answer = connection.response().await.answer();
        }
        assert_eq!(answer.messages(), [text]);
    }
    connection.send(door.request(&session.next_with("type='terminate'", ""))).await;
    assert!(connection.response().await.answer().is_terminate());
}

async fn a_chunked_request(door: Door) {
    let body = door.creation(first_rid(), &[]);
    let mut request =
        format!("POST /http-bind HTTP/1.1\r\nHost: {}\r\nTransfer-Encoding: chunked\r\n\r\n", door.host());
    for chunk in body.as_bytes().chunks(7) {
        request.push_str(&format!("{:x};a=b\r\n{}\r\n", chunk.len(), std::str::from_utf8(chunk).unwrap()));
    }
    request.push_str("0\r\n\r\n");
    assert!(door.send_bytes(request.as_bytes()).await.answer().await.attr("sid").is_some());
}

async fn a_request_in_many_pieces(door: Door) {
    let mut connection = door.connect().await;
    for byte in door.request(&door.creation(first_rid(), &[("from", "zoë@example.org")])) {
        connection.send([byte]).await;
    }
    assert!(connection.response().await.answer().attr("sid").is_some());
}

async fn a_client_that_expects_to_be_asked_for_the_body(door: Door) {
    let request = door.request_with("Expect: 100-continue\r\n", door.creation(first_rid(), &[]).as_bytes());
    let head = request.windows(4).position(|four| four == b"\r\n\r\n").unwrap() + 4;
    let mut connection = door.connect().await;
    connection.send(&request[..head]).await;
    assert_eq!(connection.response().await.status, 100);
    connection.send(&request[head..]).await;
    assert!(connection.response().await.answer().attr("sid").is_some());
}

/// §18.1: nobody should, and whoever does gets what was asked for.
async fn pipelined_requests_are_answered_in_order(door: Door) {
    let mut session = Session::sign_in(door, &[]).await;
    let mut connection = door.connect().await;
    let requests: Vec<u8> = ["one", "two", "three"]
        .iter()
        .flat_map(|text| door.request(&session.next(&message(&session.address, text))))
        .collect();
    connection.send(requests).await;
    let mut texts = Vec::new();
    for _ in 0..3 {
        texts.extend(connection.response().await.answer().messages());
    }
    assert_eq!(texts, ["one", "two", "three"]);
}

async fn with_and_without_a_slash(door: Door) {
    for path in ["/http-bind", "/http-bind/"] {
        let request = String::from_utf8(door.request(&door.creation(first_rid(), &[]))).unwrap();
        let answer = door.send_bytes(request.replace("/http-bind", path).as_bytes()).await.answer().await;
        assert!(answer.attr("sid").is_some(), "{path}");
    }
}

async fn ask(door: Door, method: &str, fields: &str) -> Response {
    let request = format!("{method} /http-bind HTTP/1.1\r\nHost: {}\r\n{fields}\r\n", door.host());
    door.send_bytes(request.as_bytes()).await.response().await
}

async fn a_page_of_another_origin_may_ask(door: Door) {
    let fields = "Origin: https://client.example\r\nAccess-Control-Request-Method: POST\r\n\
                  Access-Control-Request-Headers: content-type\r\n";
    let leave = ask(door, "OPTIONS", fields).await;
    assert!(matches!(leave.status, 200 | 204), "{leave:?}");
    let says = |name: &str| leave.header(name).unwrap_or_default().to_ascii_lowercase();
    assert_eq!(says("access-control-allow-origin"), "*");
    assert!(says("access-control-allow-methods").contains("post"), "{leave:?}");
    assert!(says("access-control-allow-headers").contains("content-type"), "{leave:?}");
    assert!(says("access-control-max-age").parse::<u32>().is_ok_and(|seconds| seconds >= 600), "{leave:?}");
    let origin = "Origin: https://client.example\r\n";
    // The strict reader looks for the field, here on an answer and on an error.
    door.send_with(origin, &door.creation(first_rid(), &[])).await.answer().await.must_go_on();
    door.send_with(origin, "nonsense").await.answer().await.must_end_with("bad-request");
}

async fn somebody_looks_at_the_address(door: Door) {
    let page = ask(door, "GET", "").await;
    assert_eq!(page.status, 200);
    assert!(page.header("content-type").is_some_and(|kind| kind.starts_with("text/plain")), "{page:?}");
    assert!(page.text().contains("BOSH"), "{}", page.text());
}

async fn other_methods(door: Door) {
    for method in ["PUT", "DELETE", "PATCH"] {
        let refusal = ask(door, method, "Content-Length: 0\r\n").await;
        assert_eq!(refusal.status, 405, "{method}");
        assert!(refusal.header("allow").is_some_and(|allowed| allowed.contains("POST")), "{refusal:?}");
    }
}

async fn answers_are_compressed_for_those_who_ask(door: Door) {
    let mut session = Session::sign_in(door, &[]).await;
    let text = "a long story ".repeat(500);
    for (accept, encodings) in [("gzip", &["gzip"][..]), ("gzip, deflate", &["gzip", "deflate"]), ("identity", &[])] {
        let body = session.next(&message(&session.address, &text));
        let mut pending = door.send_with(&format!("Accept-Encoding: {accept}\r\n"), &body).await;
        let answer = loop {
            let answer = pending.answer().await;
            if !answer.payloads().is_empty() {
                break answer;
            }
            pending = door.send_with(&format!("Accept-Encoding: {accept}\r\n"), &session.next("")).await;
        };
        assert_eq!(answer.messages(), [&*text]);
        match answer.response.header("content-encoding") {
            Some(encoding) => {
                assert!(encodings.contains(&encoding), "{accept}: {encoding}");
                assert!(answer.response.body.len() < text.len() / 4);
            }
            None => assert!(encodings.is_empty(), "{accept}"),
        }
    }
}

fn gzip(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

fn deflate(text: &str) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

async fn requests_may_be_compressed(door: Door) {
    let (mut alice, mut bob) = Session::pair(door).await;
    let accept = alice.created.attr("accept").unwrap_or_default().to_owned();
    for (name, encode) in [("gzip", gzip as fn(&str) -> Vec<u8>), ("deflate", deflate)] {
        assert!(accept.split(',').any(|known| known.trim() == name), "{accept:?}");
        let body = encode(&alice.next(&message(&bob.address, name)));
        let waiting = door.send_bytes(&door.request_with(&format!("Content-Encoding: {name}\r\n"), &body)).await;
        assert_eq!(bob.messages_until(name).await, [""; 0]);
        alice.tell(&bob, "on").await;
        waiting.answer().await.must_be_empty();
        assert_eq!(bob.messages_until("on").await, [""; 0]);
    }
}

async fn unknown_encodings_are_refused(door: Door) {
    for encoding in ["br", "compress", "gzip, gzip"] {
        let body = door.creation(first_rid(), &[]);
        let response = door.send_with(&format!("Content-Encoding: {encoding}\r\n"), &body).await;
        response.answer().await.must_end_with("bad-request");
    }
    let broken = door.request_with("Content-Encoding: gzip\r\n", b"this is not gzip");
    door.send_bytes(&broken).await.answer().await.must_end_with("bad-request");
}

async fn header_fields_that_nobody_knows(door: Door) {
    let fields = "X-Nobody: knows\r\nCookie: a=b\r\nAuthorization: Basic YTpi\r\nReferer: https://a.example/\r\n";
    let answer = door.send_with(fields, &door.creation(first_rid(), &[])).await.answer().await;
    assert!(answer.attr("sid").is_some());
    assert_eq!(answer.response.header("set-cookie"), None);
}
