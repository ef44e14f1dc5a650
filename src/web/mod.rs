//! People with browsers: the URL map on one screen.
