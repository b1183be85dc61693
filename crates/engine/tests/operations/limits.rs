//! Limits on requests that all nodes count together: one window over two pipelines.

use outrider_domain::time::MINUTE;
use outrider_engine::Core;
use outrider_engine::pipeline::Pipeline;
use outrider_engine::rate::Limit;
use outrider_store::Backend;

use crate::support::TestApp;

#[tokio::test]
async fn nodes_that_share_a_database_share_a_limit() {
    let app = TestApp::new().await;
    let core = app.pipeline.core();
    let other = Core {
        ids: outrider_domain::id::IdSource::new(1, core.now()),
        settings: core.settings.clone(),
        secret: core.secret.clone(),
        clock: std::sync::Arc::clone(&core.clock),
    };
    let second = Pipeline::new(app.store().clone(), std::sync::Arc::new(other));
    let limit = Limit { name: "test", requests: 3, window: MINUTE, shared: true, per_person: false };
    let own = Limit { shared: false, name: "own", ..limit };
    let mut left = Vec::new();
    for pipeline in [&app.pipeline, &second, &app.pipeline] {
        left.push(pipeline.count(&limit, "caller").await.unwrap().remaining);
        pipeline.count(&own, "caller").await.unwrap();
    }
    // SQLite has one process, so each counts for itself there.
    let (expected, over) = match app.store().backend() {
        Backend::Postgres => (vec![2, 1, 0], true),
        Backend::Sqlite => (vec![2, 2, 1], false),
    };
    assert_eq!(left, expected);
    assert_eq!(second.count(&limit, "caller").await.unwrap().exceeded, over);
    assert_eq!(second.count(&own, "caller").await.unwrap().remaining, 1);
    assert!(!second.count(&limit, "another").await.unwrap().exceeded);
    app.clock.advance(MINUTE);
    assert_eq!(second.count(&limit, "caller").await.unwrap().remaining, 2, "a new window starts with nothing");
}
