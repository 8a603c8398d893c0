//! Leaving a VPC for the Internet, through a gateway or without one (§5).

use canreach_model::{InternetGatewayId, Obstacle, Place, VpcId};
use canreach_net::{Family, Header};

use crate::{
    lookup,
    trace::End,
    walk::{Step, Stop, Walk},
};

impl Walk<'_> {
    /// §5, Internet gateway.
    pub(crate) fn leave_by_gateway(&mut self, vpc: VpcId, gateway: InternetGatewayId) -> Step {
        let network = self.world.network;
        if network.internet_gateways[gateway].vpc != Some(vpc) {
            return Err(End::Stopped(Obstacle::GatewayNotAttached(gateway, vpc)));
        }
        self.arrive(Place::InternetGateway(gateway));
        let step = match self.header.family() {
            Family::V4 if network.internet_gateways[gateway].egress_only => {
                Err(End::Stopped(Obstacle::EgressOnly(gateway)))
            }
            Family::V4 => self.leave_by_public_address(vpc, Some(gateway)),
            Family::V6 => self.refuse_denied_source(vpc, Some(gateway)).map(|()| Stop::Internet),
        }?;
        self.state.went_out(gateway);
        Ok(step)
    }

    /// §5, "by its public address": the packet leaves with the public address that stands for its
    /// source.
    pub(crate) fn leave_by_public_address(
        &mut self,
        vpc: VpcId,
        gateway: Option<InternetGatewayId>,
    ) -> Step {
        let network = self.world.network;
        let source = self.header.source;
        self.refuse_denied_source(vpc, gateway)?;
        let is_here = |interface| network.vpc_of(interface) == vpc;
        let Some(public) = lookup::public_address_for(network, vpc, source, is_here) else {
            let without = lookup::owner(self.world.owners, vpc, source).or(self.sender);
            // What came from the Internet or from premises was sent by no interface.
            let obstacle =
                without.map_or(Obstacle::NobodyHas(vpc, source), Obstacle::NoPublicAddress);
            return Err(End::Stopped(obstacle));
        };
        self.rewrite(Header { source: public, ..self.header });
        Ok(Stop::Internet)
    }

    /// §5: the interface that has the source address may be refused this way.
    fn refuse_denied_source(
        &self,
        vpc: VpcId,
        gateway: Option<InternetGatewayId>,
    ) -> Result<(), End> {
        match lookup::owner(self.world.owners, vpc, self.header.source) {
            Some(owner) => self.refuse_denied(owner, gateway),
            None => Ok(()),
        }
    }
}
