//! PostgreSQL: for a team, with several hubs beside each other.

use std::collections::HashMap;
use std::error::Error as StdError;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use bytes::BytesMut;
use postgres::config::Host;
use postgres::types::{IsNull, ToSql, Type, to_sql_checked};
use postgres::{Client, Config, NoTls, Statement, Transaction};

use super::{Database, Dialect, Listener, Row, Session, Value, Work};
use crate::error::{Error, Result};

mod address;
mod listen;
mod tls;
mod trust;

/// Connections that are kept.
const IDLE: usize = 8;
/// Statements that a connection keeps.
const STATEMENTS: usize = 256;
/// How long a connection may take to come about.
const PATIENCE: Duration = Duration::from_secs(10);
/// Attempts where two transactions are in each other's way, or the database has started anew.
const ATTEMPTS: u32 = 5;

/// How it is reached.
#[derive(Clone)]
struct Route {
    config: Config,
    tls: tls::Tls,
}

/// A connection, and what it has been asked before: to ask the same again costs half.
struct Kept {
    client: Client,
    statements: Statements,
}

impl Kept {
    fn new(route: &Route) -> Result<Kept> {
        let mut client = route.connect()?;
        // What is good for one word is not for another.
        client.batch_execute("SET plan_cache_mode = force_custom_plan")?;
        Ok(Kept { client, statements: HashMap::new() })
    }
}

type Statements = HashMap<String, Statement>;

pub struct Postgresql {
    route: Route,
    idle: Mutex<Vec<Kept>>,
}

impl Postgresql {
    pub fn open(url: &str) -> Result<Postgresql> {
        let (mut config, trust) = address::parse(url)?;
        config.connect_timeout(PATIENCE).application_name("segno hub");
        let route = Route { config, tls: tls::Tls::new(&trust)? };
        Ok(Postgresql { route, idle: Mutex::default() })
    }

    fn attempt(&self, work: Work<'_>) -> Result<()> {
        let idle = || self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = idle().pop().filter(|kept| !kept.client.is_closed());
        let mut kept = match kept {
            Some(kept) => kept,
            None => Kept::new(&self.route)?,
        };
        let done = carry_out(&mut kept, work);
        // What is not there, or is refused, is no fault of the connection's.
        let is_well = match &done {
            Ok(()) => true,
            Err(error) => matches!(error, Error::Missing(_) | Error::Wrong(_) | Error::Taken(_)),
        };
        let mut idle = idle();
        if is_well && idle.len() < IDLE {
            idle.push(kept);
        }
        done
    }
}

impl Route {
    fn connect(&self) -> Result<Client> {
        let is_local = |host: &Host| matches!(host, Host::Unix(_));
        let connected = match self.config.get_hosts().iter().all(is_local) {
            true => self.config.connect(NoTls),
            false => self.config.connect(self.tls.clone()),
        };
        connected.map_err(|error| match error.as_db_error() {
            Some(_) => Error::from(error),
            None => Error::Away(chain(&error)),
        })
    }
}

/// What fails is undone when the transaction is dropped.
fn carry_out(kept: &mut Kept, work: Work<'_>) -> Result<()> {
    let mut within = Within(kept.client.transaction()?, &mut kept.statements);
    work(&mut within)?;
    let Within(transaction, _) = within;
    Ok(transaction.commit()?)
}

impl Database for Postgresql {
    fn transaction(&self, work: Work<'_>) -> Result<()> {
        let mut attempt = 1;
        loop {
            match self.attempt(work) {
                Err(Error::Away(_)) if attempt < ATTEMPTS => {
                    // What was kept is of a database that is no longer there.
                    self.idle.lock().unwrap_or_else(PoisonError::into_inner).clear();
                    std::thread::sleep(Duration::from_millis(50 << attempt));
                }
                other => return other,
            }
            attempt += 1;
        }
    }

    fn read(&self, work: Work<'_>) -> Result<()> {
        self.transaction(work)
    }

    fn listen(&self, listener: Listener) {
        listen::listen(self.route.clone(), listener);
    }

    fn dialect(&self) -> Dialect {
        Dialect::Postgresql
    }
}

fn chain(error: &dyn StdError) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text = format!("{text}: {error}");
        source = error.source();
    }
    text
}

struct Within<'a>(Transaction<'a>, &'a mut Statements);

impl Within<'_> {
    fn prepared(&mut self, sql: &str) -> Result<Statement> {
        if let Some(known) = self.1.get(sql) {
            return Ok(known.clone());
        }
        if self.1.len() >= STATEMENTS {
            self.1.clear();
        }
        let statement = self.0.prepare(sql)?;
        self.1.insert(sql.to_owned(), statement.clone());
        Ok(statement)
    }
}

impl Session for Within<'_> {
    fn query(&mut self, sql: &str, values: &[Value]) -> Result<Vec<Row>> {
        let values: Vec<&(dyn ToSql + Sync)> = values.iter().map(|value| value as _).collect();
        let statement = self.prepared(sql)?;
        let rows = self.0.query(&statement, &values)?;
        rows.iter().map(row).collect()
    }

    fn execute(&mut self, sql: &str, values: &[Value]) -> Result<u64> {
        if values.is_empty() {
            self.0.batch_execute(sql)?;
            return Ok(0);
        }
        let values: Vec<&(dyn ToSql + Sync)> = values.iter().map(|value| value as _).collect();
        let statement = self.prepared(sql)?;
        Ok(self.0.execute(&statement, &values)?)
    }

    fn notify(&mut self, whom: i64) -> Result<()> {
        self.query(listen::NOTIFY, &[whom.to_string().into()]).map(drop)
    }

    fn dialect(&self) -> Dialect {
        Dialect::Postgresql
    }
}

fn row(row: &postgres::Row) -> Result<Row> {
    let value = |n: usize| -> Result<Value> {
        let kind = row.columns()[n].type_();
        Ok(match *kind {
            Type::INT8 => row.try_get::<_, Option<i64>>(n)?.into(),
            Type::INT4 => row.try_get::<_, Option<i32>>(n)?.map(i64::from).into(),
            Type::FLOAT8 => row.try_get::<_, Option<f64>>(n)?.into(),
            Type::BOOL => row.try_get::<_, Option<bool>>(n)?.map(i64::from).into(),
            Type::TEXT | Type::VARCHAR | Type::NAME => row.try_get::<_, Option<String>>(n)?.into(),
            Type::BYTEA => row.try_get::<_, Option<Vec<u8>>>(n)?.into(),
            _ => return Err(Error::Database(format!("column {n} has the type {kind}"))),
        })
    };
    Ok(Row((0..row.len()).map(value).collect::<Result<_>>()?))
}

impl ToSql for Value {
    fn to_sql(
        &self,
        kind: &Type,
        out: &mut BytesMut,
    ) -> std::result::Result<IsNull, Box<dyn StdError + Sync + Send>> {
        match (self, kind) {
            (Value::Null, _) => Ok(IsNull::Yes),
            (Value::Int(number), &Type::INT4) => i32::try_from(*number)?.to_sql(kind, out),
            (Value::Int(number), &Type::FLOAT8) => (*number as f64).to_sql(kind, out),
            (Value::Int(number), _) => number.to_sql(kind, out),
            (Value::Real(number), _) => number.to_sql(kind, out),
            (Value::Text(text), _) => text.to_sql(kind, out),
            (Value::Bytes(bytes), _) => bytes.to_sql(kind, out),
        }
    }

    fn accepts(kind: &Type) -> bool {
        [Type::INT4, Type::INT8, Type::FLOAT8, Type::TEXT, Type::VARCHAR, Type::BYTEA]
            .contains(kind)
    }

    to_sql_checked!();
}
