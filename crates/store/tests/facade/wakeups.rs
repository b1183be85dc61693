//! Wake-ups come after the commit, to every node, and never for what was rolled back.

use std::time::Duration;

use outrider_store::{Error, Store, Topic, Tx, Wakeups};

use crate::rig::{Rig, add_pet, config, count_pets};

const SOON: Duration = Duration::from_secs(5);

async fn next(wakeups: &mut Wakeups) -> Topic {
    tokio::time::timeout(SOON, wakeups.recv()).await.expect("a wake-up")
}

fn wake(tx: &mut Tx<'_>, topic: Topic) -> Result<(), Error> {
    tx.wake(topic);
    Ok(())
}

#[tokio::test]
async fn a_wake_up_comes_after_the_commit() {
    for rig in Rig::all().await {
        let mut wakeups = rig.store.subscribe();
        let store = rig.store.clone();
        let seen = tokio::spawn(async move { (next(&mut wakeups).await, count_pets(&store).await, wakeups) });
        rig.store
            .write(|tx| {
                tx.wake(Topic::Events);
                std::thread::sleep(Duration::from_millis(50));
                add_pet(tx, 1)
            })
            .await
            .unwrap();
        let (topic, count, mut wakeups) = seen.await.unwrap();
        assert_eq!((topic, count), (Topic::Events, 1), "{}", rig.name);
        let rolled_back = rig
            .store
            .write(|tx| {
                tx.wake(Topic::Jobs);
                Err::<(), _>(Error::NotFound)
            })
            .await;
        assert_eq!(rolled_back, Err(Error::NotFound));
        rig.store.write(|tx| wake(tx, Topic::Settings)).await.unwrap();
        assert_eq!(next(&mut wakeups).await, Topic::Settings, "{}: nothing came for what was rolled back", rig.name);
        assert_eq!(wakeups.try_recv(), None, "{}", rig.name);
    }
}

#[tokio::test]
async fn other_nodes_are_woken() {
    let Some(rig) = Rig::postgres().await else { return };
    let other = Store::open(&config(rig.target.clone())).await.unwrap();
    let mut there = other.subscribe();
    let mut here = rig.store.subscribe();
    for topic in [Topic::Jobs, Topic::Events] {
        rig.store.write(move |tx| wake(tx, topic)).await.unwrap();
        assert_eq!(next(&mut there).await, topic);
        assert_eq!(next(&mut here).await, topic);
    }
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!(here.try_recv(), None, "a node does not hear its own notification");
}
