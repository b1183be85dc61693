//! The voice of an agent on the phone, text to text: call templates, the dialogue that follows them, and scripted callees to try it on.
//! Does no I/O, reads no clock and draws no randomness: the present moment and a seed are passed in, and the same inputs give the same call.
//!
//! A call in short:
//!
//! 1. [`Catalog::embedded`] or [`Catalog::with_overrides`] gives templates; [`Template::missing`] says which values an agent still lacks.
//! 2. A [`Script`] holds all that one call needs. It can be stored as JSON; [`Script::problems`] says why it can't be spoken.
//! 3. [`Dialogue::new`], then [`Dialogue::open`] when the callee picks up (or [`Dialogue::hear`] when they speak first), then
//!    [`Dialogue::hear`] for whatever is [`Heard`], until a [`Turn`] brings an [`Ending`].
//! 4. After a crash [`Dialogue::replay`] rebuilds the dialogue from the script and what was heard.
//!
//! [`speaker`] is the port behind which another engine, such as one with a language model, gives the same turns.

pub mod callee;
pub mod catalog;
pub mod dialogue;
pub mod script;
pub mod speaker;
pub mod template;
pub mod turn;
mod understand;
pub mod value;

pub use callee::{Callee, CalleeTurn, Persona, Pickup};
pub use catalog::{Catalog, Problem};
pub use dialogue::Dialogue;
pub use script::{Brain, FieldError, Script, TransferTrigger};
pub use speaker::{Request, Response, Speaker, Step};
pub use template::{OutputVariable, Placeholder, Template, VariableType};
pub use turn::{Callback, Ending, Heard, Line, Meeting, Outcome, Part, Said, Source, SpokenBy, Turn, Utterance};
pub use value::Value;
