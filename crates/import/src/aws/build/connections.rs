//! VPN and Direct Connect connections.

use canreach_model::{RouteTarget, Span, VpcId};

use super::{super::records, Builder};

impl Builder<'_> {
    pub(super) fn vpn_gateway_target(
        &mut self,
        id: &str,
        _route: &records::Route,
        _vpc: VpcId,
        span: Span,
    ) -> RouteTarget {
        self.unmodelled_target("virtual private gateway", id, span)
    }
}
