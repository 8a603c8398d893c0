//! Edits of a network, as data: the fixed list of what a proposal may consist of.
//!
//! Keys and positions are those of the network as it was asked; the edits of one proposal are made
//! together, so that none shifts what another one speaks of. An object that a proposal creates gets
//! the key that comes next in its table, in the order of the edits, and later edits may use it.

use std::net::IpAddr;

use canreach_model::{
    BalancerListener, BalancerTarget, ChainRule, ConnectionId, DestinationTranslation, Direction,
    InstanceId, InterfaceId, InternetGatewayId, Listen, LoadBalancerId, NatGatewayId, PeeringId,
    PublicAddressId, Route, RouteRef, RouteTableId, RouteTarget, Rule, RuleOwner, RuleRef, Service,
    SourceTranslation, SubnetId, TransitAttachmentId, TransitGatewayId, TransitRoute,
    TransitRouteRef, TransitRouteTableId, TransitTarget, VpcId,
};
use canreach_net::IpNet;

/// One change of a network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Edit {
    /// Add a rule.
    AddRule {
        /// The list that gets it.
        owner: RuleOwner,
        /// The direction.
        direction: Direction,
        /// The position before which it goes; the length of the list for its end.
        before: usize,
        /// The rule, with its number or priority.
        rule: Rule,
    },
    /// Move a rule within its list, or give it another number or priority.
    MoveRule {
        /// The rule.
        rule: RuleRef,
        /// The position before which it goes.
        before: usize,
        /// Its new number.
        number: Option<u32>,
        /// Its new priority.
        priority: Option<u16>,
    },
    /// Remove a rule.
    RemoveRule(RuleRef),
    /// Change what a rule speaks of.
    ChangeRule {
        /// The rule.
        rule: RuleRef,
        /// The direction it is to stand in; in another one it goes to the end of the list.
        direction: Direction,
        /// The rule as it is to be.
        into: Rule,
    },
    /// Add a rule to a chain of an instance's firewall.
    AddChainRule {
        /// The instance.
        instance: InstanceId,
        /// The chain, by its position.
        chain: usize,
        /// The position before which it goes; the length of the chain for its end.
        before: usize,
        /// The rule.
        rule: ChainRule,
    },
    /// Remove a rule of a chain.
    RemoveChainRule {
        /// The instance.
        instance: InstanceId,
        /// The chain, by its position.
        chain: usize,
        /// The rule, by its position.
        index: usize,
    },
    /// Change what a rule of a chain speaks of.
    ChangeChainRule {
        /// The instance.
        instance: InstanceId,
        /// The chain, by its position.
        chain: usize,
        /// The rule, by its position.
        index: usize,
        /// The rule as it is to be.
        into: ChainRule,
    },
    /// Create a security group without rules and put an interface into it.
    AddSecurityGroup(InterfaceId),
    /// Add a route.
    AddRoute {
        /// The table.
        table: RouteTableId,
        /// The route.
        route: Route,
    },
    /// Let a route lead elsewhere.
    ChangeRoute {
        /// The route.
        route: RouteRef,
        /// Where it is to lead.
        target: RouteTarget,
    },
    /// Remove a route.
    RemoveRoute(RouteRef),
    /// Create a peering, accepted.
    CreatePeering {
        /// The VPC that asks for it.
        requester: VpcId,
        /// The VPC that accepts it.
        accepter: VpcId,
    },
    /// Make a peering active: accept it, or create it again where it is too late for that.
    ActivatePeering(PeeringId),
    /// Move an interface to another subnet of its VPC.
    MoveInterface {
        /// The interface.
        interface: InterfaceId,
        /// The subnet.
        subnet: SubnetId,
        /// The address it leaves.
        from: IpAddr,
        /// The address it gets instead.
        to: IpAddr,
    },
    /// Let a service listen.
    AddService {
        /// On this instance.
        instance: InstanceId,
        /// The service.
        service: Service,
    },
    /// Let a service listen on other addresses.
    RebindService {
        /// The instance.
        instance: InstanceId,
        /// The service, by its position.
        index: usize,
        /// Where it is to listen.
        listen: Listen,
    },
    /// Stop a service.
    RemoveService {
        /// The instance.
        instance: InstanceId,
        /// The service, by its position.
        index: usize,
    },
    /// Let a public address stand for an interface.
    AssociatePublicAddress {
        /// One that stands for nothing; a new one where there is none.
        public: Option<PublicAddressId>,
        /// The public address. Which one a new one will be is not known: this one stands for it.
        address: IpAddr,
        /// The interface.
        interface: InterfaceId,
        /// The address on it.
        private: IpAddr,
    },
    /// Let a public address stand for nothing.
    DisassociatePublicAddress(PublicAddressId),
    /// Attach an Internet gateway to a VPC.
    AttachInternetGateway {
        /// The gateway.
        gateway: InternetGatewayId,
        /// The VPC.
        vpc: VpcId,
    },
    /// Create an Internet gateway and attach it to a VPC.
    CreateInternetGateway(VpcId),
    /// Let the provider allow an interface traffic through Internet gateways.
    AllowInternetGateway(InterfaceId),
    /// Let a NAT gateway at the VPC have a public address.
    AddNatAddress {
        /// One that stands for nothing; a new one where there is none.
        public: Option<PublicAddressId>,
        /// The public address; as for an interface.
        address: IpAddr,
        /// The gateway.
        gateway: NatGatewayId,
    },
    /// Add a source translation, after those there are.
    AddSourceTranslation {
        /// The gateway.
        gateway: NatGatewayId,
        /// The translation.
        translation: SourceTranslation,
    },
    /// Add a destination translation, after those there are.
    AddDestinationTranslation {
        /// The gateway.
        gateway: NatGatewayId,
        /// The translation.
        translation: DestinationTranslation,
    },
    /// Attach a VPC to a transit gateway.
    AttachTransit {
        /// The gateway.
        gateway: TransitGatewayId,
        /// The VPC.
        vpc: VpcId,
        /// The subnets through which packets go.
        subnets: Vec<SubnetId>,
        /// The route table for what comes from the VPC.
        table: Option<TransitRouteTableId>,
    },
    /// Let packets of an attachment go through one more subnet.
    AddAttachmentSubnet {
        /// The attachment.
        attachment: TransitAttachmentId,
        /// The subnet.
        subnet: SubnetId,
    },
    /// Associate an attachment with a route table of its transit gateway.
    AssociateTransit {
        /// The attachment.
        attachment: TransitAttachmentId,
        /// The table.
        table: TransitRouteTableId,
    },
    /// Add a route to a table of a transit gateway.
    AddTransitRoute {
        /// The table.
        table: TransitRouteTableId,
        /// The route.
        route: TransitRoute,
    },
    /// Let a route of a transit gateway lead elsewhere.
    ChangeTransitRoute {
        /// The route.
        route: TransitRouteRef,
        /// Where it is to lead.
        target: TransitTarget,
    },
    /// Remove a route of a transit gateway.
    RemoveTransitRoute(TransitRouteRef),
    /// Bring a connection up.
    BringUpConnection(ConnectionId),
    /// Advertise a prefix to the network on premises behind a connection.
    Advertise {
        /// The connection.
        connection: ConnectionId,
        /// The prefix.
        prefix: IpNet,
    },
    /// Switch the source/destination check of an interface off.
    SwitchOffSourceDestCheck(InterfaceId),
    /// Let an instance forward.
    SwitchOnForwarding(InstanceId),
    /// Add a listener to a load balancer, after those there are.
    AddListener {
        /// The load balancer.
        balancer: LoadBalancerId,
        /// The listener.
        listener: BalancerListener,
    },
    /// Add a target to a listener.
    AddTarget {
        /// The load balancer.
        balancer: LoadBalancerId,
        /// The listener, by its position.
        listener: usize,
        /// The target.
        target: BalancerTarget,
    },
}
