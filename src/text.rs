//! Text and bytes in and out of their forms. Pure: no input or output.

pub mod digest;
pub mod duration;
pub mod fuzzy;
pub mod hex;
pub mod ini_line;
pub mod json_span;
pub mod plain_roff;
pub mod prompt_format;
pub mod python_int;
pub mod python_json;
pub mod python_lines;
pub mod python_words;
pub mod sanitize;
pub mod search_words;
pub mod shell_words;
pub mod table;
pub mod tilde;
pub mod timestamp;
