//! Asking sites on loopback: pages with numbers, robots that forbid, redirects to private places, endless and packed pages.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use outrider_engine::ports::{Enricher, MailServers};
use outrider_testkit::name_server::{NameServer, Record};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::OwnEnricher;
use crate::web::GuardedWeb;

const NUMBER: &str = r#"<script type="application/ld+json">{"telephone":"+49 30 1234567"}</script>"#;

/// A site of these paths, and the paths asked for, in order.
async fn site(pages: &[(&str, &str, String)]) -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let pages: HashMap<String, (String, String)> =
        pages.iter().map(|(path, head, body)| ((*path).to_owned(), ((*head).to_owned(), body.clone()))).collect();
    let asked: Arc<Mutex<Vec<String>>> = Arc::default();
    let noted = Arc::clone(&asked);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut request = [0; 4096];
            let read = stream.read(&mut request).await.unwrap_or(0);
            let path = String::from_utf8_lossy(&request[..read]).split(' ').nth(1).unwrap_or("").to_owned();
            noted.lock().unwrap().push(path.clone());
            let (head, body) = pages.get(&path).cloned().unwrap_or(("404 Not Found".to_owned(), String::new()));
            let answer =
                format!("HTTP/1.1 {head}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len());
            // Whoever hangs up early has had enough.
            drop(stream.write_all(answer.as_bytes()).await);
        }
    });
    (address, asked)
}

fn enricher(open: &[&str]) -> OwnEnricher {
    let web = GuardedWeb::new(open.iter().map(|host| (*host).to_owned()).collect(), None).unwrap();
    OwnEnricher::new(Arc::new(web), Some("127.0.0.1:9".parse().unwrap())).unwrap()
}

#[tokio::test]
async fn a_sites_number_is_found_once_and_remembered() {
    let (address, asked) =
        site(&[("/contact", "200 OK", NUMBER.to_owned()), ("/", "200 OK", "<p>Hello".to_owned())]).await;
    let enricher = enricher(&[&address]);
    let said = enricher.site_numbers(&address).await.unwrap();
    assert_eq!((said.numbers.len(), said.numbers[0].number.as_str(), said.forbidden), (1, "+49301234567", false));
    assert_eq!(*asked.lock().unwrap(), ["/robots.txt", "/", "/contact"]);
    enricher.site_numbers(&address).await.unwrap();
    assert_eq!(asked.lock().unwrap().len(), 3, "it is remembered");
}

#[tokio::test]
async fn robots_that_forbid_are_heard() {
    let rules = "User-agent: *\nDisallow: /".to_owned();
    let (address, asked) = site(&[("/robots.txt", "200 OK", rules), ("/", "200 OK", NUMBER.to_owned())]).await;
    let said = enricher(&[&address]).site_numbers(&address).await.unwrap();
    assert!(said.numbers.is_empty() && said.forbidden);
    assert_eq!(*asked.lock().unwrap(), ["/robots.txt"]);
}

#[tokio::test]
async fn redirects_go_through_the_guard_each() {
    let (inner, asked) = site(&[("/secret", "200 OK", NUMBER.to_owned())]).await;
    let to_private = format!("302 Found\r\nLocation: http://{inner}/secret");
    let round = "302 Found\r\nLocation: /".to_owned();
    let (outer, _) = site(&[("/", &to_private, String::new()), ("/contact", &round, String::new())]).await;
    let said = enricher(&[&outer]).site_numbers(&outer).await;
    assert!(said.as_ref().is_err_and(|why| why.contains("private") || why.contains("address")), "{said:?}");
    assert!(asked.lock().unwrap().is_empty(), "nobody called the private place");
}

#[tokio::test]
async fn endless_and_packed_pages_end() {
    let endless = "x".repeat(2 * 1024 * 1024);
    let (address, _) = site(&[
        ("/", "200 OK", endless),
        ("/contact", "200 OK\r\nContent-Encoding: gzip", "\u{1f}\u{8b}not really".to_owned()),
        ("/impressum", "200 OK", NUMBER.to_owned()),
    ])
    .await;
    let said = enricher(&[&address]).site_numbers(&address).await.unwrap();
    assert_eq!(said.numbers.len(), 1, "the page that is one is read");
}

#[tokio::test]
async fn a_private_site_is_not_reached_at_all() {
    let (address, asked) = site(&[("/", "200 OK", NUMBER.to_owned())]).await;
    assert!(enricher(&[]).site_numbers(&address).await.is_err());
    assert!(asked.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_name_server_that_is_not_there_is_no_answer() {
    assert!(enricher(&[]).mail_servers("acme.example").await.is_err());
}

#[tokio::test]
async fn a_real_name_server_tells_who_takes_mail() {
    let records = [
        Record::Mx("acme.example", "mx2.acme.example", 20),
        Record::Mx("acme.example", "mx1.acme.example", 10),
        Record::Mx("quiet.example", ".", 0),
        Record::Txt("texts.example", "v=spf1 -all"),
    ];
    let Ok(dns) = NameServer::start(&records) else { return };
    let web = GuardedWeb::new(Vec::new(), Some(dns.address())).unwrap();
    let enricher = OwnEnricher::new(Arc::new(web), Some(dns.address())).unwrap();
    let hosts = ["mx1.acme.example", "mx2.acme.example"].map(ToOwned::to_owned).to_vec();
    assert_eq!(enricher.mail_servers("acme.example").await, Ok(MailServers::Some(hosts)));
    for (domain, why) in [("quiet.example", "it says so"), ("texts.example", "no MX"), ("nobody.example", "no name")] {
        assert_eq!(enricher.mail_servers(domain).await, Ok(MailServers::None), "{why}");
    }
    assert!(enricher.mail_servers("elsewhere.test").await.is_err(), "a server that will not say has said nothing");
}

#[tokio::test]
async fn a_page_that_leads_to_a_name_inside_is_not_followed() {
    let Ok(dns) = NameServer::start(&[]) else { return };
    dns.set_addresses(&[("inside.example", "127.0.0.1")]);
    let (inner, asked) = site(&[("/secret", "200 OK", NUMBER.to_owned())]).await;
    let port = inner.rsplit(':').next().unwrap();
    let inside = format!("302 Found\r\nLocation: https://inside.example:{port}/secret");
    let (outer, _) = site(&[("/", &inside, String::new())]).await;
    let web = GuardedWeb::new(vec![outer.clone()], Some(dns.address())).unwrap();
    let enricher = OwnEnricher::new(Arc::new(web), Some(dns.address())).unwrap();
    assert!(enricher.site_numbers(&outer).await.is_err(), "no page was read");
    assert!(asked.lock().unwrap().is_empty(), "nobody called the private place");
}

#[tokio::test]
async fn a_front_page_is_read_once_and_says_what_the_company_does() {
    let page = r#"<meta property="og:site_name" content="Acme"><meta name="description" content="Anvils for coyotes">
        <script src="https://js.hs-scripts.com/1.js"></script>"#;
    let (address, asked) = site(&[("/", "200 OK", page.to_owned())]).await;
    let own = enricher(&[&address]);
    for _ in 0..2 {
        let said = own.site_about(&address).await.unwrap();
        assert_eq!(
            (said.about.name.as_deref(), said.about.description.as_deref()),
            (Some("Acme"), Some("Anvils for coyotes"))
        );
        assert_eq!((said.about.technologies.as_slice(), said.page), (&["HubSpot"][..], format!("http://{address}/")));
    }
    assert_eq!(*asked.lock().unwrap(), ["/robots.txt", "/"]);
    let (forbids, _) =
        site(&[("/robots.txt", "200 OK", "User-agent: *\nDisallow: /".to_owned()), ("/", "200 OK", page.to_owned())])
            .await;
    assert!(enricher(&[&forbids]).site_about(&forbids).await.is_err());
    assert!(own.site_about("127.0.0.1").await.is_err(), "a private address is not read");
}
