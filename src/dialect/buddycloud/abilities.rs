//! What each channel service can do: by its software, and by what it says about itself.

use crate::dialect::{Abilities, ChannelService, Software};

/// The abilities of a service. Everything not listed here every one of them has.
pub fn of(service: &ChannelService) -> Abilities {
    let has = |feature: &str| service.features.iter().any(|other| other == feature);
    let has_directory = service.helpers.directory.is_some();
    Abilities {
        create: true,
        // COMPAT(buddycloud-server): channels stay.
        delete: service.software != Software::Node,
        configure: true,
        default_role: true,
        status: true,
        roles: true,
        requests: true,
        invite: service.software != Software::Node,
        search: has("jabber:iq:search") || has_directory,
        // COMPAT(buddycloud-server-java): it keeps no such lists.
        popular: service.software != Software::Java || has_directory,
        recent: true,
        // COMPAT(buddycloud-server): it keeps a rating as a comment without a word.
        ratings: service.software != Software::Node,
        // COMPAT(buddycloud-server-java): every item gets an id of its own.
        edit: service.software != Software::Java,
        notices: service.helpers.pusher.is_some(),
    }
}
