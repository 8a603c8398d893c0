//! Asking the layers at the place where the packet is (§§2, 5, 6), each only where there is one.
//!
//! How a layer decides is not known here, only whether it is asked, and what it remembers.

use canreach_model::{
    Border, Checkpoint, CloudFirewallId, Direction, InterfaceId, Layer, SubnetId,
};

use crate::{
    filter::{self, Judged},
    matching::Packet,
    trace::{End, Outcome},
    walk::{Came, Walk},
};

impl Walk<'_> {
    /// Lets a layer judge the packet where it is.
    pub(crate) fn check(&mut self, layer: Layer, direction: Direction) -> Result<(), End> {
        let network = self.world.network;
        let checkpoint = Checkpoint { layer, direction };
        let memory = network.remembered_as(layer);
        let judged = Judged {
            packet: Packet {
                header: self.header,
                forwarded: self.forwarded,
                sent_on_by: self.sent_on_by,
            },
            pass: self.state.pass(),
            saw: self.state.is_reply_seen_by(memory),
        };
        let outcome = filter::decide(self.world.owners, checkpoint, judged, self.world.valuation);
        self.note(checkpoint, outcome);
        if outcome.passes() {
            self.state.passed_layer(memory);
            Ok(())
        } else {
            Err(End::Denied(checkpoint))
        }
    }

    /// Lets the security groups of an interface judge the packet, unless a load balancer takes it
    /// past them.
    pub(crate) fn check_groups(
        &mut self,
        interface: InterfaceId,
        direction: Direction,
        bypassed: bool,
    ) -> Result<(), End> {
        let layer = Layer::SecurityGroups(interface);
        if bypassed {
            self.note(Checkpoint { layer, direction }, Outcome::Bypassed);
            return Ok(());
        }
        self.check(layer, direction)
    }

    /// Lets the firewall of the host at an interface judge the packet, where it is known (§8b).
    pub(crate) fn check_host(
        &mut self,
        interface: InterfaceId,
        direction: Direction,
    ) -> Result<(), End> {
        if self.has_host_firewall(interface) {
            self.check(Layer::HostFirewall(interface), direction)?;
        }
        Ok(())
    }

    /// Whether an interface is an instance's whose firewall is known.
    pub(crate) fn has_host_firewall(&self, interface: InterfaceId) -> bool {
        let network = self.world.network;
        let instance = network.instance_of(interface);
        instance.is_some_and(|instance| network.instances[instance].firewall.is_some())
    }

    /// Lets a cloud firewall judge the packet at one of its borders, where there is one (§8a).
    pub(crate) fn check_border(
        &mut self,
        firewall: Option<CloudFirewallId>,
        border: Border,
        direction: Direction,
    ) -> Result<(), End> {
        let Some(firewall) = firewall else { return Ok(()) };
        self.check(Layer::CloudFirewall(firewall, border), direction)
    }

    /// Lets the ACL of a subnet judge the packet that comes into it, where there is one; not one
    /// that comes straight from there, where the profile does not filter inside (§§5, 6, 6a).
    pub(crate) fn check_acl_into(&mut self, subnet: SubnetId) -> Result<(), End> {
        self.check_acl(subnet, Direction::Ingress, self.came == Came::FromSubnet(subnet))
    }

    /// Lets the ACL of a subnet judge the packet, where there is one and the packet crosses the
    /// subnet's edge or the profile filters inside too (§§2, 5, 6).
    pub(crate) fn check_acl(
        &mut self,
        subnet: SubnetId,
        direction: Direction,
        stays_inside: bool,
    ) -> Result<(), End> {
        let network = self.world.network;
        let Some(acl) = network.subnets[subnet].network_acl else { return Ok(()) };
        let layer = Layer::NetworkAcl(acl, subnet);
        let profile = &network.vpcs[network.subnets[subnet].vpc].profile.network_acl;
        if stays_inside && !profile.filters_inside_subnet {
            self.note(Checkpoint { layer, direction }, Outcome::SameSubnet);
            return Ok(());
        }
        self.check(layer, direction)
    }

    /// Notes that a load balancer takes the packet past the ACL of a subnet.
    pub(crate) fn bypass_acl(&mut self, subnet: SubnetId, direction: Direction) {
        if let Some(acl) = self.world.network.subnets[subnet].network_acl {
            let layer = Layer::NetworkAcl(acl, subnet);
            self.note(Checkpoint { layer, direction }, Outcome::Bypassed);
        }
    }
}
