//! The command line: serve, demo, check-config, print-config.
