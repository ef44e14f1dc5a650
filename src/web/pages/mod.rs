//! One noun a file: what each page shows and what each form does.

pub mod register;
pub mod sign_in;
pub mod sign_out;

// Stand-ins until the pages are merged.
macro_rules! pages {
    ($($noun:ident: $($verb:ident),+;)+) => {$(
        #[allow(missing_docs)]
        pub mod $noun {
            $(pub async fn $verb() -> crate::web::error::Error { crate::web::error::Error::NotFound })+
        }
    )+};
}
pages! {
    home: show;
    channels: list;
    channel: show, about, followers, live;
    posts: create, show, reply, edit_form, edit, confirm_remove, remove;
    follows: list, create;
    follow: create, remove;
}
