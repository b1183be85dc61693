//! Another project's ids: everywhere the answer for what does not exist.

use serde_json::json;

use super::{Artic, BASE, assert_refused, id_of};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_projects_agents_and_calls_do_not_exist() {
    let artic = Artic::start().await;
    let agent = artic.agent().await;
    let body = json!({ "agentId": agent, "phone": "+919876543210" });
    let call = id_of(&artic.made("/calls", body.clone()).await);
    let side = artic.rig.client(BASE, &artic.rig.key_in(artic.rig.side, "artic", &["*"]).await);
    for stranger in [artic.stranger().await, side] {
        for answer in [
            stranger.get(&format!("/agents/{agent}")).await,
            stranger.delete(&format!("/agents/{agent}")).await,
            stranger.get(&format!("/calls/{call}")).await,
            stranger.post("/calls", body.clone()).await,
        ] {
            assert_refused(&answer, 404, "not_found", &[]);
        }
        for list in ["/agents", "/calls"] {
            assert_eq!(stranger.get(list).await.expect(200).json(), json!([]), "{list}");
        }
    }
    assert_eq!(artic.get("/agents").await.as_array().map(Vec::len), Some(1), "nothing was changed");
    assert_eq!(artic.get("/calls").await[0]["id"], call.as_str());
}
