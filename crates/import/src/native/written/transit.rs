//! What a file says about networks beyond one VPC.

use canreach_model::ConnectionKind;
use canreach_net::IpNet;

use super::Origin;
use crate::{
    diagnostic::Place,
    native::node::{At, Name},
};

#[derive(Debug)]
pub(in crate::native) struct TransitGateway {
    pub(in crate::native) firewall: Option<Name>,
    pub(in crate::native) group_references: bool,
}

#[derive(Debug)]
pub(in crate::native) struct TransitAttachment {
    pub(in crate::native) gateway: Option<Name>,
    pub(in crate::native) to: Option<AttachedTo>,
    pub(in crate::native) route_table: Option<Name>,
}

#[derive(Debug)]
pub(in crate::native) enum AttachedTo {
    Vpc { vpc: Name, subnets: Vec<Name>, appliance_mode: bool, group_references: bool },
    Connection(Name),
    Peer(Name),
    Unmodelled(Name),
}

#[derive(Debug)]
pub(in crate::native) struct TransitRouteTable {
    pub(in crate::native) gateway: Option<Name>,
    pub(in crate::native) propagations: Vec<Name>,
    pub(in crate::native) routes: Vec<TransitRoute>,
}

#[derive(Debug)]
pub(in crate::native) struct TransitRoute {
    pub(in crate::native) place: Place,
    pub(in crate::native) destination: Option<At<IpNet>>,
    pub(in crate::native) target: Option<TransitTarget>,
    pub(in crate::native) origin: Option<Origin>,
}

#[derive(Debug)]
pub(in crate::native) enum TransitTarget {
    Attachment(Name),
    Blackhole,
    Unresolved(Name),
}

#[derive(Debug)]
pub(in crate::native) struct Connection {
    pub(in crate::native) kind: Option<At<ConnectionKind>>,
    pub(in crate::native) remote_network: Option<Name>,
    pub(in crate::native) vpc: Option<Name>,
    pub(in crate::native) up: bool,
    pub(in crate::native) advertised: Option<Vec<At<IpNet>>>,
    pub(in crate::native) route_table: Option<Name>,
}

#[derive(Debug)]
pub(in crate::native) struct RemoteNetwork {
    pub(in crate::native) cidrs: Vec<At<IpNet>>,
}
