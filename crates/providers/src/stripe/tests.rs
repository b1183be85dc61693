//! The client against a server in Stripe's shape, and against one that fails in every way.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use outrider_domain::plan::{Interval, Price};
use outrider_domain::secret::Secret;
use outrider_domain::span::Span;
use outrider_engine::credits::budget::Holder;
use outrider_engine::ports::{CheckoutWanted, Payments, PaymentsProblem, PortalWanted, Purchase};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::{Stripe, StripeSettings};

/// What one connection is answered with.
#[derive(Clone)]
enum Manner {
    Answer(u16, &'static str),
    HangUp,
    /// Says nothing for a while, and hangs up.
    Silence(Duration),
    Endless,
}

/// A server that answers everything in one manner, and keeps what it was sent.
async fn server(manner: Manner) -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let seen = Arc::new(Mutex::new(Vec::new()));
    let kept = Arc::clone(&seen);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut received = Vec::new();
            let mut buffer = [0; 4096];
            loop {
                let count = stream.read(&mut buffer).await.unwrap_or(0);
                received.extend_from_slice(&buffer[..count]);
                let text = String::from_utf8_lossy(&received);
                let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
                let length = head
                    .lines()
                    .find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ")?.parse().ok());
                if count == 0 || body.len() >= length.unwrap_or(0) {
                    break;
                }
            }
            kept.lock().unwrap().push(String::from_utf8(received).unwrap());
            match manner.clone() {
                Manner::Answer(status, body) => {
                    let head = format!(
                        "HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
                        body.len()
                    );
                    stream.write_all((head + body).as_bytes()).await.ok();
                }
                Manner::HangUp => {}
                Manner::Silence(length) => tokio::time::sleep(length).await,
                Manner::Endless => {
                    stream.write_all(b"HTTP/1.1 200 X\r\nContent-Type: application/json\r\n\r\n").await.ok();
                    while stream.write_all(&[b' '; 65_536]).await.is_ok() {}
                }
            }
        }
    });
    (address, seen)
}

fn client(base: &str) -> Stripe {
    let settings = StripeSettings {
        secret_key: Some(Secret::new("sk_test_123")),
        api_base: base.to_owned(),
        ..StripeSettings::default()
    };
    Stripe::new(&settings).unwrap().unwrap()
}

fn wanted(stripe_price: Option<&str>) -> CheckoutWanted {
    CheckoutWanted {
        once: "a-name".to_owned(),
        project: "prj_1".to_owned(),
        title: "Starter & more".to_owned(),
        currency: "usd".to_owned(),
        purchase: Purchase::Plan {
            plan: "starter".to_owned(),
            interval: Interval::Annual,
            price: Price { amount: 49_000, credits: 0, stripe_price: stripe_price.map(ToOwned::to_owned) },
        },
        customer: None,
        success_url: "https://a.example/billing/done".to_owned(),
        cancel_url: "https://a.example/billing/canceled".to_owned(),
    }
}

const SESSION: &str = r#"{"id": "cs_1", "object": "checkout.session", "url": "https://checkout.stripe.com/c/1", "expires_at": 1793700000}"#;

fn header<'a>(request: &'a str, name: &str) -> &'a str {
    request
        .lines()
        .find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
        .unwrap_or_else(|| panic!("no {name} in {request}"))
}

#[tokio::test]
async fn a_checkout_is_asked_for_as_stripe_wants_it() {
    let (base, seen) = server(Manner::Answer(200, SESSION)).await;
    let stripe = client(&base);
    let page = stripe.checkout(wanted(None)).await.unwrap();
    assert_eq!((page.id.as_str(), page.url.as_str()), ("cs_1", "https://checkout.stripe.com/c/1"));
    assert_eq!(page.expires_at.map(|at| at.0), Some(1_793_700_000_000));
    stripe.checkout(wanted(None)).await.unwrap();
    stripe.checkout(CheckoutWanted { customer: Some("cus_1".to_owned()), ..wanted(Some("price_1")) }).await.unwrap();
    let requests = seen.lock().unwrap().clone();
    assert!(requests[0].starts_with("POST /v1/checkout/sessions HTTP/1.1\r\n"));
    assert_eq!(header(&requests[0], "authorization"), "Bearer sk_test_123");
    assert_eq!(header(&requests[0], "stripe-version"), super::API_VERSION);
    assert_eq!(header(&requests[0], "content-type"), "application/x-www-form-urlencoded");
    let (_, body) = requests[0].split_once("\r\n\r\n").unwrap();
    for field in [
        "mode=subscription",
        "client_reference_id=prj_1",
        "line_items%5B0%5D%5Bquantity%5D=1",
        "line_items%5B0%5D%5Bprice_data%5D%5Bcurrency%5D=usd",
        "line_items%5B0%5D%5Bprice_data%5D%5Bunit_amount%5D=49000",
        "line_items%5B0%5D%5Bprice_data%5D%5Brecurring%5D%5Binterval%5D=year",
        "line_items%5B0%5D%5Bprice_data%5D%5Bproduct_data%5D%5Bname%5D=Starter+%26+more",
        "subscription_data%5Bmetadata%5D%5Bproject%5D=prj_1",
        "metadata%5Bplan%5D=starter",
        "success_url=https%3A%2F%2Fa.example%2Fbilling%2Fdone",
    ] {
        assert!(body.split('&').any(|each| each == field), "{field} is not in {body}");
    }
    let key = |place: usize| header(&requests[place], "idempotency-key").to_owned();
    assert_eq!(key(0), key(1), "the same request has the same name");
    assert_ne!(key(0), key(2), "another has another");
    assert!(requests[2].contains("line_items%5B0%5D%5Bprice%5D=price_1") && requests[2].contains("&customer=cus_1"));
}

#[tokio::test]
async fn a_portal_is_asked_for_and_a_base_may_have_a_path() {
    let (base, seen) = server(Manner::Answer(200, r#"{"id": "bps_1", "url": "https://billing.stripe.com/p/1"}"#)).await;
    let wanted = PortalWanted {
        once: "x".to_owned(),
        customer: "cus_1".to_owned(),
        return_url: "https://a.example/billing".to_owned(),
    };
    assert_eq!(client(&format!("{base}/stand-in/")).portal(wanted).await.unwrap(), "https://billing.stripe.com/p/1");
    let request = seen.lock().unwrap()[0].clone();
    assert!(request.starts_with("POST /stand-in/v1/billing_portal/sessions "), "{request}");
    assert!(request.ends_with("customer=cus_1&return_url=https%3A%2F%2Fa.example%2Fbilling"), "{request}");
}

#[tokio::test]
async fn what_passes_is_told_from_what_the_operator_must_mend() {
    const DECLINED: &str =
        r#"{"error": {"type": "invalid_request_error", "code": "resource_missing", "message": "No such price"}}"#;
    for (status, body, refused) in [
        (400, DECLINED, true),
        (401, DECLINED, true),
        (402, DECLINED, true),
        (403, DECLINED, true),
        (409, DECLINED, false),
        (429, DECLINED, false),
        (500, DECLINED, false),
        (503, "<html>", false),
        (404, "<html>", false),
        (302, "", false),
        (200, "not JSON", false),
        (200, "{}", false),
        (200, r#"{"id": "cs_1"}"#, false),
        (200, r#"{"id": "cs_1", "url": "javascript:alert(1)"}"#, false),
    ] {
        let (base, _) = server(Manner::Answer(status, body)).await;
        let problem = client(&base).checkout(wanted(None)).await.unwrap_err();
        assert_eq!(matches!(problem, PaymentsProblem::Refused(_)), refused, "{status} {body}: {problem}");
        assert!(!problem.to_string().contains("sk_test"), "{problem}");
    }
}

#[tokio::test]
async fn a_server_that_is_not_there_hangs_up_or_never_ends_is_out_of_reach() {
    let nowhere = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let mut bases = vec![format!("http://{nowhere}")];
    for manner in [Manner::HangUp, Manner::Endless] {
        bases.push(server(manner).await.0);
    }
    for base in bases {
        let problem = client(&base).checkout(wanted(None)).await.unwrap_err();
        assert!(matches!(problem, PaymentsProblem::Unavailable(_)), "{base}: {problem}");
    }
}

#[tokio::test]
async fn a_silent_server_is_given_up() {
    let (base, _) = server(Manner::Silence(Duration::from_secs(600))).await;
    let settings = StripeSettings {
        secret_key: Some(Secret::new("sk_test_123")),
        api_base: base,
        timeout: Span::from_millis(200),
        ..StripeSettings::default()
    };
    let problem = Stripe::new(&settings).unwrap().unwrap().checkout(wanted(None)).await.unwrap_err();
    assert!(matches!(&problem, PaymentsProblem::Unavailable(text) if text.contains("too long")), "{problem}");
}

#[test]
fn settings_without_a_key_make_no_client_and_bad_ones_say_so() {
    assert!(Stripe::new(&StripeSettings::default()).unwrap().is_none());
    let keyed = StripeSettings { secret_key: Some(Secret::new("sk_test_123")), ..StripeSettings::default() };
    assert!(Stripe::new(&keyed).unwrap().is_some());
    for settings in [
        StripeSettings { secret_key: Some(Secret::new("")), ..StripeSettings::default() },
        StripeSettings { secret_key: Some(Secret::new("sk test")), ..StripeSettings::default() },
        StripeSettings { api_base: "stripe".to_owned(), ..keyed.clone() },
        StripeSettings { api_base: "mailto:x".to_owned(), ..keyed.clone() },
        StripeSettings { timeout: Span::seconds(0), ..keyed.clone() },
        StripeSettings { timeout: Span::seconds(21), ..keyed.clone() },
        StripeSettings { api_version: "a\nb".to_owned(), ..keyed.clone() },
    ] {
        assert!(Stripe::new(&settings).is_err(), "{settings:?}");
    }
    assert!(!format!("{keyed:?}").contains("sk_test"));
}

#[tokio::test]
async fn a_pack_is_asked_for_as_one_payment() {
    let (base, seen) = server(Manner::Answer(200, SESSION)).await;
    let purchase = Purchase::Credits { pack: "pack_basic".to_owned(), amount: 1_000, holder: Some(Holder::Agent(42)) };
    client(&base).checkout(CheckoutWanted { purchase, ..wanted(None) }).await.unwrap();
    let request = seen.lock().unwrap()[0].clone();
    for field in [
        "mode=payment",
        "client_reference_id=prj_1",
        "line_items%5B0%5D%5Bprice_data%5D%5Bunit_amount%5D=1000",
        "metadata%5Bproject%5D=prj_1",
        "metadata%5Bpack%5D=pack_basic",
        "metadata%5Bholder%5D=agent%3A42",
    ] {
        assert!(request.contains(field), "{field} in {request}");
    }
    assert!(!request.contains("subscription_data") && !request.contains("recurring"), "{request}");
}
