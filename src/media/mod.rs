//! Files of other sites, reached by the gateway for its readers, and files of its readers on their way to such a site.

pub mod client;
pub mod pictures;
pub mod drawing;
pub mod cleaning;

pub use cleaning::{Cleaned, without_traces};
pub use client::{Client, Trouble};
pub use drawing::{Picture, Size};
pub use pictures::Pictures;
