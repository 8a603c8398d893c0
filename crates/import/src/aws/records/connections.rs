//! What the answers say about VPN and Direct Connect.

use std::collections::BTreeSet;

use canreach_model::{Meta, Span};
use canreach_net::IpNet;

use super::{Records, transit::Stage};

/// Everything the answers say about VPN and Direct Connect.
#[derive(Debug, Default)]
pub(in super::super) struct Connections {
    pub(in super::super) gateways: Records<VpnGateway>,
    pub(in super::super) vpns: Records<Vpn>,
    pub(in super::super) customers: Records<CustomerGateway>,
    pub(in super::super) interfaces: Records<VirtualInterface>,
    pub(in super::super) direct_gateways: Records<DirectGateway>,
    pub(in super::super) direct_associations: Records<DirectAssociation>,
    /// The Direct Connect gateways with the virtual interfaces attached to them.
    pub(in super::super) direct_attachments: BTreeSet<(String, String)>,
}

/// A virtual private gateway.
#[derive(Debug)]
pub(in super::super) struct VpnGateway {
    pub(in super::super) meta: Meta,
    pub(in super::super) stage: Stage,
    pub(in super::super) vpc: Option<String>,
}

/// A VPN connection.
#[derive(Debug)]
pub(in super::super) struct Vpn {
    pub(in super::super) meta: Meta,
    pub(in super::super) stage: Stage,
    /// The virtual private gateway it ends at, where it ends at one.
    pub(in super::super) gateway: Option<String>,
    pub(in super::super) customer: Option<String>,
    pub(in super::super) static_only: bool,
    pub(in super::super) routes: Vec<(IpNet, Span)>,
    pub(in super::super) tunnels: Tunnels,
}

/// What is told of the tunnels of a VPN connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) struct Tunnels {
    /// Whether the state of each is told, and is down.
    pub(in super::super) down: bool,
    /// Whether the number of routes learned by each is told, and is 0.
    pub(in super::super) learned_nothing: bool,
}

/// The router on premises.
#[derive(Debug)]
pub(in super::super) struct CustomerGateway {
    pub(in super::super) meta: Meta,
}

/// A virtual interface of Direct Connect.
#[derive(Debug)]
pub(in super::super) struct VirtualInterface {
    pub(in super::super) meta: Meta,
    pub(in super::super) stage: Stage,
    pub(in super::super) up: bool,
    pub(in super::super) gateway: Option<String>,
    pub(in super::super) direct_gateway: Option<String>,
}

/// A Direct Connect gateway.
#[derive(Debug)]
pub(in super::super) struct DirectGateway {
    pub(in super::super) meta: Meta,
}

/// What joins a Direct Connect gateway to a virtual private gateway or a transit gateway.
#[derive(Debug)]
pub(in super::super) struct DirectAssociation {
    pub(in super::super) meta: Meta,
    pub(in super::super) direct_gateway: String,
    pub(in super::super) associated: String,
    /// The prefixes that the network on premises is told; the VPC's blocks where there are none.
    pub(in super::super) allowed: Vec<IpNet>,
}
