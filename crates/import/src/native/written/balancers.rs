//! What a file says about what answers on behalf of others.

use std::net::IpAddr;

use canreach_model::{Action, Forwarding};
use canreach_net::{Family, PortRange, Protocol};

use super::{Interface, Item, Origin, Rule};
use crate::{
    diagnostic::Place,
    native::{
        node::{At, Name},
        values::End,
    },
};

#[derive(Debug)]
pub(in crate::native) struct LoadBalancer {
    pub(in crate::native) interfaces: Vec<Item<Interface>>,
    pub(in crate::native) listeners: Vec<Listener>,
}

#[derive(Debug)]
pub(in crate::native) struct Listener {
    pub(in crate::native) place: Place,
    pub(in crate::native) protocol: Option<At<Protocol>>,
    pub(in crate::native) ports: Option<At<PortRange>>,
    pub(in crate::native) family: Option<Family>,
    pub(in crate::native) forwarding: Option<Way>,
    pub(in crate::native) targets: Vec<Target>,
    pub(in crate::native) access: Option<Access>,
    pub(in crate::native) origin: Option<Origin>,
}

#[derive(Debug)]
pub(in crate::native) struct Target {
    pub(in crate::native) place: Place,
    pub(in crate::native) to: TargetOf,
    pub(in crate::native) port: Option<u16>,
    pub(in crate::native) nodes: Option<Vec<Name>>,
    pub(in crate::native) origin: Option<Origin>,
}

#[derive(Debug)]
pub(in crate::native) enum TargetOf {
    Address(At<IpAddr>),
    Instance(Name),
}

/// What a listener does with a packet.
#[derive(Debug)]
pub(in crate::native) enum Way {
    Modelled(Forwarding),
    Unmodelled(Name),
}

/// Who may use a listener.
#[derive(Debug)]
pub(in crate::native) enum Access {
    /// What happens to those listed; the opposite happens to all others.
    Listed { action: Action, sources: Vec<At<End>> },
    /// Rules in order, and what happens to those that none matches.
    Rules { rules: Vec<Rule>, default: Action },
}

#[derive(Debug)]
pub(in crate::native) struct VirtualAddress {
    pub(in crate::native) subnet: Option<Name>,
    pub(in crate::native) address: Option<At<IpAddr>>,
    pub(in crate::native) interfaces: Vec<Name>,
}

#[derive(Debug)]
pub(in crate::native) struct GatewayEndpoint {
    pub(in crate::native) vpc: Option<Name>,
}
