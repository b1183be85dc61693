//! Values, lists, bulk inserts and the words of errors: the same on both databases.

use outrider_store::{Backend, Bulk, Error, Kind, Row, Statement, Value, all_statements, nodes, statements, values};

use outrider_store::{
    actions, agents, companies, identities, jobs, keys, leads, logs, messages, oauth_clients, oauth_grants, projects,
    sequences, sign_in, suppressions, templates,
};

use crate::rig::{CREATE_PETS, INSERT_PET, PETS, RENAME_PET, Rig, add_pet};

statements! {
    pub ECHO = "SELECT CAST(?1 AS BIGINT), CAST(?2 AS TEXT), CAST(?3 AS BIGINT), CAST(?4 AS TEXT)";
    pub REPEATED = "SELECT CAST(?2 AS BIGINT) + CAST(?1 AS BIGINT) * CAST(?2 AS BIGINT)";
    pub BLOBS = sqlite "SELECT CAST(?1 AS BLOB)" postgres "SELECT CAST(?1 AS BYTEA)";
    pub BY_IDS = "SELECT id FROM pets WHERE id IN ints(?1) ORDER BY id";
    pub BY_NAMES = "SELECT id FROM pets WHERE name IN texts(?1) AND id <> ?2 ORDER BY id";
    pub SUMS = "SELECT SUM(age), COALESCE(SUM(age), 0) + ?1, COUNT(*), MAX(id) > 2 FROM pets";
    pub OLDER = "SELECT id FROM pets WHERE age > ?1 LIMIT ?2";
    pub REMOVE = "DELETE FROM pets WHERE id = ?1 RETURNING name";
    pub HALF = "SELECT AVG(age) FROM pets";
    pub OWNED = "CREATE TABLE toys (id BIGINT NOT NULL PRIMARY KEY, pet BIGINT NOT NULL REFERENCES pets (id))";
    pub GIVE_TOY = "INSERT INTO toys (id, pet) VALUES (?1, ?2)";
    pub EXPRESSION_INDEX = "CREATE UNIQUE INDEX pets_shouted ON pets (upper(name))";
    pub WRONG = "SELEC nothing";
}

const BULK: Bulk = Bulk {
    name: "pets",
    table: "pets",
    columns: &[("id", Kind::Int), ("name", Kind::Text), ("age", Kind::Int)],
    on_conflict: "ON CONFLICT (name) DO NOTHING",
    returning: &["id", "name"],
};
static INSERT_NEW: Bulk = BULK;
static SAVE: Bulk =
    Bulk { on_conflict: "ON CONFLICT (id) DO UPDATE SET name = excluded.name, age = excluded.age", ..BULK };
/// What comes back are values that went in, so that SQLite is not asked for them.
static INSERT_ANY: Bulk = Bulk { on_conflict: "ON CONFLICT DO NOTHING", returning: &["name", "id"], ..BULK };
static INSERT: Bulk = Bulk { on_conflict: "", returning: &[], ..BULK };

fn ids(rows: &[Row]) -> Vec<i64> {
    rows.iter().map(|row| row.get(0).unwrap()).collect()
}

#[tokio::test]
async fn values_come_back_as_they_went_in() {
    for rig in Rig::all().await {
        let (rows, blob) = rig
            .store
            .read(|tx| {
                let row = tx.query_one(&ECHO, &values![i64::MIN, "naïve ✓ 'quoted'", None::<i64>, ""])?;
                let product: i64 = tx.query_one(&REPEATED, &values![3, 5])?.get(0)?;
                assert_eq!(product, 20, "{}", "?2 + ?1 * ?2");
                let blob: Vec<u8> = tx.query_one(&BLOBS, &values![vec![0_u8, 255, 7]])?.get(0)?;
                Ok::<_, Error>((row, blob))
            })
            .await
            .unwrap();
        assert_eq!(rows.get::<i64>(0), Ok(i64::MIN), "{}", rig.name);
        assert_eq!(rows.get::<String>(1), Ok("naïve ✓ 'quoted'".to_owned()), "{}", rig.name);
        assert_eq!(rows.get::<Option<i64>>(2), Ok(None), "{}", rig.name);
        assert_eq!(rows.get::<String>(3), Ok(String::new()), "{}", rig.name);
        assert_eq!(blob, [0, 255, 7], "{}", rig.name);
    }
}

#[tokio::test]
async fn lists_sums_and_truth_values_work() {
    for rig in Rig::all().await {
        let name = rig.name;
        rig.store
            .write(move |tx| {
                for id in 1..=4 {
                    add_pet(tx, id)?;
                }
                assert_eq!(ids(&tx.query(&BY_IDS, &values![vec![2_i64, 4, 9]])?), [2, 4], "{name}");
                assert_eq!(ids(&tx.query(&BY_IDS, &values![Vec::<i64>::new()])?), Vec::<i64>::new(), "{name}");
                let names = vec!["pet 1".to_owned(), "pet 3".to_owned(), "\"'\\ odd".to_owned()];
                assert_eq!(ids(&tx.query(&BY_NAMES, &values![names, 3])?), [1], "{name}");
                let sums = tx.query_one(&SUMS, &values![10])?;
                assert_eq!(
                    (sums.get(0), sums.get(1), sums.get(2), sums.get(3)),
                    (Ok(4_i64), Ok(14_i64), Ok(4_u32), Ok(true)),
                    "{name}"
                );
                assert_eq!(tx.query(&OLDER, &values![0, 2])?.len(), 2, "{name}");
                assert_eq!(tx.execute(&RENAME_PET, &values![99, "nobody"])?, 0, "{name}");
                assert_eq!(tx.execute(&RENAME_PET, &values![1, "first"])?, 1, "{name}");
                assert_eq!(tx.query_one(&REMOVE, &values![1])?.get::<String>(0), Ok("first".to_owned()), "{name}");
                assert_eq!(tx.execute(&REMOVE, &values![2])?, 1, "{name}");
                assert_eq!(tx.query_opt(&REMOVE, &values![2])?, None, "{name}");
                assert_eq!(tx.query_one(&REMOVE, &values![2]), Err(Error::NotFound), "{name}");
                Ok::<_, Error>(())
            })
            .await
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        let text: String = rig
            .store
            .read(|tx| tx.query(&PETS, &[])?[0].get(1))
            .await
            .unwrap_or_else(|error: Error| panic!("{name}: {error}"));
        assert_eq!(text, "pet 3", "not having found a row did not undo the rest on {name}");
    }
}

#[tokio::test]
async fn fractions_are_refused_instead_of_rounded() {
    for rig in Rig::all().await {
        rig.store.write(|tx| tx.execute(&INSERT_PET, &values![1, "a", 1])).await.unwrap();
        rig.store.write(|tx| tx.execute(&INSERT_PET, &values![2, "b", 2])).await.unwrap();
        let half = rig.store.read(|tx| tx.query_one(&HALF, &[])).await;
        assert!(matches!(half, Err(Error::Corrupt(_) | Error::Sql { .. })), "{}: {half:?}", rig.name);
    }
}

#[tokio::test]
async fn many_rows_go_in_at_once() {
    for rig in Rig::all().await {
        let name = rig.name;
        let row = |id: i64, name: String, age: Value| vec![Value::Int(id), Value::Text(name), age];
        rig.store
            .write(move |tx| {
                let many = (1..=12_000)
                    .map(|id| row(id, format!("pet {id}"), if id % 2 == 0 { Value::Null } else { Value::Int(id) }));
                let added = tx.insert_rows(&INSERT_NEW, many.collect())?;
                assert_eq!(
                    ids(&added),
                    (1..=12_000).collect::<Vec<i64>>(),
                    "{name}: in the order given, over several parts"
                );
                let mixed =
                    vec![row(20_001, "pet 7".to_owned(), Value::Null), row(20_002, "new".to_owned(), Value::Int(3))];
                let added = tx.insert_rows(&INSERT_NEW, mixed)?;
                assert_eq!(ids(&added), [20_002], "{name}: the one whose name is known is passed over");
                let mixed =
                    vec![row(7, "other".to_owned(), Value::Null), row(20_003, "newer".to_owned(), Value::Int(3))];
                let added = tx.insert_rows(&INSERT_ANY, mixed)?;
                assert_eq!(added.len(), 1, "{name}: the one whose id is known is passed over");
                assert_eq!((added[0].get(0), added[0].get(1)), (Ok("newer".to_owned()), Ok(20_003)), "{name}");
                assert_eq!(
                    tx.insert_rows(&SAVE, vec![row(1, "renamed".to_owned(), Value::Null)])?[0].get(1),
                    Ok("renamed".to_owned()),
                    "{name}"
                );
                assert!(tx.insert_rows(&INSERT, Vec::new())?.is_empty(), "{name}");
                assert!(
                    tx.insert_rows(&INSERT, vec![row(30_000, "quiet".to_owned(), Value::Null)])?.is_empty(),
                    "{name}"
                );
                Ok::<_, Error>(())
            })
            .await
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        let misfits = [vec![Value::Int(1)], vec![Value::Int(40_000), Value::Text("a\0b".to_owned()), Value::Null]];
        for misfit in misfits {
            let refused = rig.store.write(move |tx| tx.insert_rows(&INSERT, vec![misfit.clone()])).await;
            assert!(matches!(refused, Err(Error::Sql { .. })), "{name}: {refused:?}");
        }
        let clash = rig.store.write(move |tx| tx.insert_rows(&INSERT, vec![row(1, "x".to_owned(), Value::Null)])).await;
        assert_eq!(clash, Err(Error::Conflict { constraint: "pets.id".to_owned() }), "{name}");
    }
}

#[tokio::test]
async fn violated_constraints_have_the_same_name_everywhere() {
    for rig in Rig::all().await {
        rig.store
            .write(|tx| {
                tx.execute(&OWNED, &[])?;
                tx.execute(&INSERT_PET, &values![1, "Rex", 3])
            })
            .await
            .unwrap();
        refused(&rig, &INSERT_PET, &values![1, "Other", 3], "pets.id").await;
        refused(&rig, &INSERT_PET, &values![2, "Rex", 3], "pets.name").await;
        refused(&rig, &INSERT_PET, &values![2, "Bo", -1], "pets_age").await;
        refused(&rig, &INSERT_PET, &values![2, None::<String>, 1], "pets.name").await;
        refused(&rig, &GIVE_TOY, &values![1, 77], "foreign key").await;
        rig.store.write(|tx| tx.execute(&EXPRESSION_INDEX, &[])).await.unwrap();
        refused(&rig, &INSERT_PET, &values![2, "rex", 3], "pets_shouted").await;
    }
}

async fn refused(rig: &Rig, statement: &'static Statement, params: &[Value], constraint: &str) {
    let params = params.to_vec();
    let outcome = rig.store.write(move |tx| tx.execute(statement, &params)).await;
    assert_eq!(outcome, Err(Error::Conflict { constraint: constraint.to_owned() }), "{}", rig.name);
}

#[tokio::test]
async fn wrong_statements_and_parameters_are_errors_and_not_panics() {
    for rig in Rig::all().await {
        for (statement, params) in [
            (&WRONG, Vec::new()),
            (&INSERT_PET, values![1].to_vec()),
            (&INSERT_PET, values![1, "a", 1, 1].to_vec()),
            (&INSERT_PET, values![1, "nul \0", 1].to_vec()),
        ] {
            let refused = rig.store.write(move |tx| tx.execute(statement, &params)).await;
            assert!(matches!(refused, Err(Error::Sql { .. })), "{}: {refused:?}", rig.name);
        }
        rig.store.write(|tx| add_pet(tx, 1)).await.unwrap();
    }
}

#[tokio::test]
async fn every_statement_can_be_prepared() {
    for rig in Rig::all().await {
        assert_eq!(rig.store.prepare_all(&all_statements(), &[]).await, Ok(Vec::new()), "{}", rig.name);
        let failures = rig.store.prepare_all(&[&CREATE_PETS, &WRONG, &nodes::LIST], &[&INSERT_NEW]).await.unwrap();
        // PostgreSQL finds out that a table exists only when it makes it.
        let expected: &[&str] = match rig.store.backend() {
            Backend::Sqlite => &[CREATE_PETS.name, WRONG.name],
            Backend::Postgres => &[WRONG.name],
        };
        assert_eq!(failures.iter().map(|(name, _)| *name).collect::<Vec<_>>(), expected, "{}: {failures:?}", rig.name);
    }
}

/// The inserts that a record's fields make.
macro_rules! inserts {
    ($($record:path),* $(,)?) => {
        vec![$({
            use $record as Record;
            [Record::INSERT, Record::SAVE]
        }),*].concat()
    };
}

#[tokio::test]
async fn every_records_insert_can_be_prepared() {
    let bulks = inserts![
        actions::Action,
        agents::Agent,
        companies::Company,
        identities::Identity,
        jobs::Job,
        keys::ApiKey,
        leads::Lead,
        logs::EventRow,
        logs::AuditRow,
        messages::Thread,
        messages::Message,
        messages::Captured,
        oauth_clients::Client,
        oauth_grants::Grant,
        oauth_grants::AuthorizationCode,
        oauth_grants::Token,
        projects::Organization,
        projects::Project,
        projects::User,
        sequences::Sequence,
        sequences::Enrollment,
        sign_in::Link,
        sign_in::Session,
        suppressions::Suppression,
        templates::Template,
    ];
    for rig in Rig::all().await {
        assert_eq!(rig.store.prepare_all(&[], &bulks).await, Ok(Vec::new()), "{}", rig.name);
    }
}
