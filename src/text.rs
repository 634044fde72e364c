//! Text and bytes in and out of their forms. Pure: no input or output.

pub mod digest;
pub(crate) mod duration;
pub(crate) mod fuzzy;
pub(crate) mod hex;
pub(crate) mod ini_line;
pub(crate) mod json_span;
pub(crate) mod plain_roff;
pub(crate) mod prompt_format;
pub(crate) mod python_int;
pub(crate) mod python_json;
pub(crate) mod python_lines;
pub(crate) mod python_words;
pub(crate) mod sanitize;
pub(crate) mod search_words;
pub mod shell_words;
pub(crate) mod table;
pub(crate) mod tilde;
pub mod timestamp;
