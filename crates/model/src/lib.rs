//! The neutral network: what exists, which rules someone wrote, and what the input leaves open.
//!
//! Importers build a [`Network`]; engines read it. Every reference is resolved when it is built, so
//! a dangling one has no spelling here: what an importer cannot resolve becomes a [`Fact`], a named
//! variable that may be true or false, and every answer says on which of them it leans.
//!
//! What differs between clouds is data, the [`Profile`] of a VPC; no engine asks which cloud it is.
//! This crate knows no file system, no solver, no graph and no question. How a packet moves through
//! a network is described in `docs/forwarding.md` and implemented by the engines, each by itself.

mod balancer;
mod cloud_firewall;
mod fact;
mod flow;
mod host_firewall;
mod network;
mod profile;
mod provenance;
mod rule;
mod table;
mod transit;

pub use balancer::{
    AccessList, BalancerListener, BalancerTarget, Forwarding, GatewayEndpoint, GatewayEndpointId,
    LoadBalancer, LoadBalancerId, VirtualAddress, VirtualAddressId,
};
pub use cloud_firewall::{Border, BorderRules, CloudFirewall, CloudFirewallId, FirewallList};
pub use fact::{Assumption, Fact, FactId, Polarity, Setting, Valuation};
pub use flow::{
    Across, Checkpoint, Choices, Chooser, Endpoint, Layer, LayerKind, Obstacle, Pass, Place,
    RouteRef, RuleOwner, RuleRef, TransitRouteRef, Translator,
};
pub use host_firewall::{
    Chain, ChainRule, ChainVerdict, ConnectionState, HookPoint, HostFirewall, HostFirewallKind,
    Policy,
};
pub use network::{
    AddressGroup, AddressGroupEntry, AddressGroupId, DestinationTranslation, HostRoute, Instance,
    InstanceId, Interface, InterfaceId, InterfaceOwner, InternetGateway, InternetGatewayId, Listen,
    NatGateway, NatGatewayId, NatPlacement, Network, NetworkAcl, NetworkAclId, OutsideNetwork,
    OutsideNetworkId, Peering, PeeringId, PeeringStatus, PublicAddress, PublicAddressId,
    PublicAddressTarget, Route, RouteTable, RouteTableId, RouteTarget, SecurityGroup,
    SecurityGroupId, Service, SourceTranslation, Subnet, SubnetId, TranslationSource, Vpc, VpcId,
};
pub use profile::{
    Combine, EntryRouting, Exemption, GroupReference, InternetAccess, LocalRoutes,
    NetworkAclProfile, PeeringProfile, Profile, ProfileName, ProfileNameError, RoutingProfile,
    SecurityGroupProfile, TranslationProfile,
};
pub use provenance::{FileId, ImpliedBy, Input, Location, Meta, Origin, SourceMap, Span};
pub use rule::{Action, AddressMatch, Direction, IcmpMatch, PacketMatch, Rule, RuleSet};
pub use table::{Id, Table};
pub use transit::{
    AttachedTo, Connection, ConnectionId, ConnectionKind, RemoteNetwork, RemoteNetworkId,
    TransitAttachment, TransitAttachmentId, TransitGateway, TransitGatewayId, TransitRoute,
    TransitRouteTable, TransitRouteTableId, TransitTarget,
};
