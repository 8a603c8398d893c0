//! Transit gateways.

use canreach_model::{RouteTarget, Span, VpcId};

use super::Builder;

impl Builder<'_> {
    pub(super) fn transit_gateway_target(
        &mut self,
        id: &str,
        _vpc: VpcId,
        span: Span,
    ) -> RouteTarget {
        self.unmodelled_target("transit gateway", id, span)
    }
}
