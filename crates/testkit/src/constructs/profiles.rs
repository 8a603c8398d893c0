//! Every parameter of a profile that the page speaks of, turned to another value.

use canreach_model::{
    Combine, EntryRouting, GroupReference, InternetAccess, Network, Profile, Setting,
};

use super::{Construct, construct, each, turn};

pub(super) const CONSTRUCTS: &[Construct] = &[
    construct("profile: combine", |network| {
        profiles(network, |profile| {
            let combine = &mut profile.security_group.combine;
            *combine =
                if *combine == Combine::AnyAllow { Combine::FirstMatch } else { Combine::AnyAllow };
            true
        })
    }),
    construct("profile: default_priority", |network| {
        profiles(network, |profile| {
            let priority = &mut profile.security_group.default_priority;
            let decided = if *priority == Setting::Decided(1) { 100 } else { 1 };
            *priority = Setting::Decided(decided);
            true
        })
    }),
    construct("profile: security_group.stateful", |network| {
        profiles(network, |profile| turn(&mut profile.security_group.stateful))
    }),
    construct("profile: group_reference", |network| {
        profiles(network, |profile| {
            let reference = &mut profile.security_group.group_reference;
            *reference = match reference {
                GroupReference::PrivateAddresses => GroupReference::AllAddresses,
                GroupReference::AllAddresses => GroupReference::PrivateAddresses,
            };
            true
        })
    }),
    construct("profile: reference_needs_peering", |network| {
        profiles(network, |profile| turn(&mut profile.security_group.reference_needs_peering))
    }),
    construct("profile: reference_when_forwarded", |network| {
        profiles(network, |profile| turn(&mut profile.security_group.reference_when_forwarded))
    }),
    construct("profile: security_group.exempt", |network| {
        profiles(network, |profile| !std::mem::take(&mut profile.security_group.exempt).is_empty())
    }),
    construct("profile: network_acl.stateful", |network| {
        profiles(network, |profile| turn(&mut profile.network_acl.stateful))
    }),
    construct("profile: filters_inside_subnet", |network| {
        profiles(network, |profile| turn(&mut profile.network_acl.filters_inside_subnet))
    }),
    construct("profile: network_acl.exempt", |network| {
        profiles(network, |profile| !std::mem::take(&mut profile.network_acl.exempt).is_empty())
    }),
    construct("profile: local_beats_custom", |network| {
        profiles(network, |profile| turn(&mut profile.routing.local_beats_custom))
    }),
    construct("profile: entry (default table)", |network| {
        profiles(network, |profile| {
            let entry = &mut profile.routing.entry;
            *entry = match entry {
                EntryRouting::LocalOnly => EntryRouting::DefaultTable,
                EntryRouting::DefaultTable => EntryRouting::LocalOnly,
            };
            true
        })
    }),
    construct("profile: public_address_beats_default_route", |network| {
        profiles(network, |profile| turn(&mut profile.routing.public_address_beats_default_route))
    }),
    construct("profile: internet", |network| {
        profiles(network, |profile| {
            let internet = &mut profile.routing.internet;
            *internet = match internet {
                InternetAccess::Gateway => InternetAccess::PublicAddress,
                InternetAccess::PublicAddress => InternetAccess::Gateway,
            };
            true
        })
    }),
    construct("profile: to_peering", |network| {
        profiles(network, |profile| {
            let to_peering = &mut profile.peering.to_peering;
            *to_peering = Setting::Decided(*to_peering != Setting::Decided(true));
            true
        })
    }),
    construct("profile: to_internet_gateway", |network| {
        profiles(network, |profile| turn(&mut profile.peering.to_internet_gateway))
    }),
    construct("profile: to_nat_gateway", |network| {
        profiles(network, |profile| turn(&mut profile.peering.to_nat_gateway))
    }),
];

fn profiles(network: &mut Network, mut change: impl FnMut(&mut Profile) -> bool) -> bool {
    each(&mut network.vpcs, |vpc| change(&mut vpc.profile))
}
