//! Two engines behind one small face: the same SQL, with parameters written `?1`.

use std::cell::RefCell;
use std::collections::HashMap;
use std::path::Path;
use std::time::Duration;

use postgres::types::{IsNull, ToSql, Type, to_sql_checked};
use postgres::{Client, NoTls, Statement};
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, OpenFlags};

use super::schema;
use crate::store::StoreError;

/// How many compiled statements SQLite keeps; there are fewer than this in the whole room.
const STATEMENTS: usize = 128;
/// How long PostgreSQL may take to accept a connection.
const CONNECT: Duration = Duration::from_secs(5);
/// The advisory lock that says: a channel service uses this database. The number is "cirrus" in ASCII.
const LOCK: i64 = 0x0000_6369_7272_7573;

/// See the module.
pub(super) enum Database {
    Sqlite(Connection),
    Postgres(Box<RefCell<Postgres>>),
}

/// What a database is opened for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    /// To serve: nobody else may.
    Serving,
    /// To read, also while a service is at work; a transaction sees one moment.
    Reading,
}

pub(super) struct Postgres {
    address: String,
    purpose: Purpose,
    client: Client,
    statements: HashMap<String, Statement>,
}

/// A parameter.
#[derive(Debug, Clone, Copy)]
pub(super) enum Value<'a> {
    Null,
    Integer(i64),
    Text(&'a str),
}

/// A row that was read. Columns that are not of the wanted kind read as nothing.
pub(super) struct Row(Vec<Cell>);

enum Cell {
    Null,
    Integer(i64),
    Text(String),
}

impl Row {
    pub fn integer(&self, column: usize) -> i64 {
        if let Some(Cell::Integer(value)) = self.0.get(column) { *value } else { 0 }
    }

    pub fn maybe_integer(&self, column: usize) -> Option<i64> {
        if let Some(Cell::Integer(value)) = self.0.get(column) { Some(*value) } else { None }
    }

    pub fn flag(&self, column: usize) -> bool {
        self.integer(column) != 0
    }

    pub fn text(&self, column: usize) -> String {
        self.maybe_text(column).unwrap_or_default()
    }

    pub fn maybe_text(&self, column: usize) -> Option<String> {
        if let Some(Cell::Text(value)) = self.0.get(column) { Some(value.clone()) } else { None }
    }
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(text: &'a str) -> Self {
        Value::Text(text)
    }
}

impl<'a> From<&'a String> for Value<'a> {
    fn from(text: &'a String) -> Self {
        Value::Text(text)
    }
}

impl From<i64> for Value<'_> {
    fn from(number: i64) -> Self {
        Value::Integer(number)
    }
}

impl From<bool> for Value<'_> {
    fn from(flag: bool) -> Self {
        Value::Integer(flag.into())
    }
}

impl<'a, T: Into<Value<'a>>> From<Option<T>> for Value<'a> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Value::Null, Into::into)
    }
}

impl rusqlite::ToSql for Value<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Value::Null => ValueRef::Null,
            Value::Integer(number) => ValueRef::Integer(*number),
            Value::Text(text) => ValueRef::Text(text.as_bytes()),
        }))
    }
}

impl ToSql for Value<'_> {
    fn to_sql(
        &self,
        kind: &Type,
        out: &mut bytes::BytesMut,
    ) -> Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        match self {
            Value::Null => Ok(IsNull::Yes),
            Value::Integer(number) => number.to_sql(kind, out),
            Value::Text(text) => text.to_sql(kind, out),
        }
    }

    fn accepts(kind: &Type) -> bool {
        matches!(*kind, Type::INT8 | Type::TEXT)
    }

    to_sql_checked!();
}

impl Database {
    pub fn sqlite(path: Option<&Path>) -> Result<Self, StoreError> {
        let connection = match path {
            Some(path) => {
                Connection::open(path).map_err(|source| StoreError::Open { path: path.to_owned(), source })?
            }
            None => Connection::open_in_memory()?,
        };
        connection.busy_timeout(Duration::from_secs(2))?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", "FULL")?;
        connection.pragma_update(None, "foreign_keys", true)?;
        connection.set_prepared_statement_cache_capacity(STATEMENTS);
        Ok(Database::Sqlite(connection))
    }

    /// Opens a SQLite file that is there.
    pub fn sqlite_to_read(path: &Path) -> Result<Self, StoreError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let opened = Connection::open_with_flags(path, flags);
        let connection = opened.map_err(|source| StoreError::Open { path: path.to_owned(), source })?;
        connection.busy_timeout(Duration::from_secs(2))?;
        connection.pragma_update(None, "query_only", true)?;
        Ok(Database::Sqlite(connection))
    }

    pub fn postgres(address: &str, purpose: Purpose) -> Result<Self, StoreError> {
        let client = connect(address, purpose)?;
        let statements = HashMap::new();
        let database = Postgres { address: address.to_owned(), purpose, client, statements };
        Ok(Database::Postgres(Box::new(RefCell::new(database))))
    }

    /// Brings the schema up to date.
    pub fn migrate(&self) -> Result<(), StoreError> {
        self.batch("CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value TEXT NOT NULL)")?;
        let found = self.version()?;
        for (number, sql) in schema::MIGRATIONS.iter().enumerate().skip(found) {
            self.begin()?;
            self.batch(&match self {
                Database::Sqlite(_) => schema::for_sqlite(sql),
                Database::Postgres(_) => schema::for_postgres(sql),
            })?;
            let version = (number + 1).to_string();
            let sql = "INSERT INTO facts (name, value) VALUES ('schema', ?1)
                       ON CONFLICT (name) DO UPDATE SET value = excluded.value";
            self.execute(sql, &[(&version).into()])?;
            self.batch("COMMIT")?;
        }
        Ok(())
    }

    /// The version of the schema; an error if this program does not know it.
    fn version(&self) -> Result<usize, StoreError> {
        let found = self.one("SELECT value FROM facts WHERE name = 'schema'", &[], |row| row.text(0))?;
        let found = found.and_then(|found| found.parse().ok()).unwrap_or(0);
        let known = schema::MIGRATIONS.len();
        if found > known { Err(StoreError::Newer { found, known }) } else { Ok(found) }
    }

    /// Who only reads changes no schema.
    pub fn check_version(&self) -> Result<(), StoreError> {
        let (found, known) = (self.version()?, schema::MIGRATIONS.len());
        if found < known { Err(StoreError::Older { found, known }) } else { Ok(()) }
    }

    pub fn begin(&self) -> Result<(), StoreError> {
        let mut begin = "BEGIN";
        if let Database::Postgres(database) = self {
            let database = &mut *database.borrow_mut();
            if database.client.is_closed() {
                database.client = connect(&database.address, database.purpose)?;
                database.statements.clear();
            }
            if database.purpose == Purpose::Reading {
                begin = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
            }
        }
        self.batch(begin)
    }

    /// Statements without parameters, one after the other.
    pub fn batch(&self, sql: &str) -> Result<(), StoreError> {
        match self {
            Database::Sqlite(connection) => Ok(connection.execute_batch(sql)?),
            Database::Postgres(database) => Ok(database.borrow_mut().client.batch_execute(sql)?),
        }
    }

    /// Does something; how many rows it touched.
    pub fn execute(&self, sql: &str, values: &[Value<'_>]) -> Result<usize, StoreError> {
        match self {
            Database::Sqlite(connection) => {
                Ok(connection.prepare_cached(sql)?.execute(rusqlite::params_from_iter(values))?)
            }
            Database::Postgres(database) => {
                let database = &mut *database.borrow_mut();
                let statement = database.statement(sql)?;
                let touched = database.client.execute(&statement, &parameters(values))?;
                Ok(usize::try_from(touched).unwrap_or(usize::MAX))
            }
        }
    }

    /// Reads all rows.
    pub fn all<T>(&self, sql: &str, values: &[Value<'_>], read: impl Fn(&Row) -> T) -> Result<Vec<T>, StoreError> {
        match self {
            Database::Sqlite(connection) => {
                let mut statement = connection.prepare_cached(sql)?;
                let columns = statement.column_count();
                let mut rows = statement.query(rusqlite::params_from_iter(values))?;
                let mut found = Vec::new();
                while let Some(row) = rows.next()? {
                    let cells = (0..columns).map(|column| {
                        Ok(match row.get_ref(column)? {
                            ValueRef::Integer(number) => Cell::Integer(number),
                            ValueRef::Text(text) => Cell::Text(String::from_utf8_lossy(text).into_owned()),
                            ValueRef::Null | ValueRef::Real(_) | ValueRef::Blob(_) => Cell::Null,
                        })
                    });
                    found.push(read(&Row(cells.collect::<rusqlite::Result<_>>()?)));
                }
                Ok(found)
            }
            Database::Postgres(database) => {
                let database = &mut *database.borrow_mut();
                let statement = database.statement(sql)?;
                let rows = database.client.query(&statement, &parameters(values))?;
                rows.iter().map(|row| Ok(read(&from_postgres(row)?))).collect()
            }
        }
    }

    /// Reads the first row, if there is one.
    pub fn one<T>(&self, sql: &str, values: &[Value<'_>], read: impl Fn(&Row) -> T) -> Result<Option<T>, StoreError> {
        Ok(self.all(sql, values, read)?.into_iter().next())
    }

    pub fn is_postgres(&self) -> bool {
        matches!(self, Database::Postgres(_))
    }
}

impl Postgres {
    fn statement(&mut self, sql: &str) -> Result<Statement, StoreError> {
        if let Some(statement) = self.statements.get(sql) {
            return Ok(statement.clone());
        }
        let statement = self.client.prepare(&numbered(sql))?;
        self.statements.insert(sql.to_owned(), statement.clone());
        Ok(statement)
    }
}

/// `?1` as PostgreSQL writes it.
fn numbered(sql: &str) -> String {
    sql.replace('?', "$")
}

fn parameters<'a>(values: &'a [Value<'a>]) -> Vec<&'a (dyn ToSql + Sync)> {
    values.iter().map(|value| value as &(dyn ToSql + Sync)).collect()
}

fn from_postgres(row: &postgres::Row) -> Result<Row, StoreError> {
    let cells = row.columns().iter().enumerate().map(|(column, of)| {
        Ok(if *of.type_() == Type::INT8 {
            row.try_get::<_, Option<i64>>(column)?.map_or(Cell::Null, Cell::Integer)
        } else {
            row.try_get::<_, Option<String>>(column)?.map_or(Cell::Null, Cell::Text)
        })
    });
    Ok(Row(cells.collect::<Result<_, postgres::Error>>()?))
}

fn connect(address: &str, purpose: Purpose) -> Result<Client, StoreError> {
    let mut config: postgres::Config = address.parse()?;
    config.connect_timeout(CONNECT).application_name("cirrus");
    let mut client = config.connect(NoTls)?;
    // A table that is there already is no news.
    client.batch_execute("SET client_min_messages = warning")?;
    if purpose == Purpose::Reading {
        return Ok(client);
    }
    let lock = client.query_one("SELECT pg_try_advisory_lock($1)", &[&LOCK])?;
    if lock.get(0) { Ok(client) } else { Err(StoreError::InUse) }
}
