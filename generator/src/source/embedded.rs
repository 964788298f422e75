//! Registry and templates as they were when the program was built with the feature `embedded`; else nothing.

include!(concat!(env!("OUT_DIR"), "/embedded.rs"));
