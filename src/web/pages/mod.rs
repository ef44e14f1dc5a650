//! One noun a file: what each page shows and what each form does.

pub mod register;
pub mod sign_in;
pub mod sign_out;

// Stand-ins until the pages are merged.
macro_rules! pages {
    ($($noun:ident: $($verb:ident($needs:ident)),+;)+) => {$(
        #[allow(missing_docs)]
        pub mod $noun {
            $(pub async fn $verb(_: crate::web::visit::$needs) -> crate::web::error::Error {
                crate::web::error::Error::NotFound
            })+
        }
    )+};
}
pages! {
    channels: list(MaybeGuest);
    channel: show(Visit), about(Visit), followers(Visit), live(Visit);
    posts: create(SignedIn), show(Visit), reply(SignedIn), edit_form(SignedIn), edit(SignedIn),
        confirm_remove(SignedIn), remove(SignedIn);
    follows: list(SignedIn), create(SignedIn);
    follow: create(SignedIn), remove(SignedIn);
}
#[allow(missing_docs)]
pub mod home {
    pub async fn show(visit: crate::web::visit::MaybeGuest) -> axum::response::Html<String> {
        axum::response::Html(format!("<script nonce=\"{}\"></script>", visit.nonce))
    }
}
