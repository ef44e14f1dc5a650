//! Builds every room from the configuration, runs them, stops them in order.
