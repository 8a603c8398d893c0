//! VPC endpoints, as far as routes lead to them.

use canreach_model::{RouteTarget, Span, VpcId};

use super::Builder;

impl Builder<'_> {
    pub(super) fn endpoint_target(&mut self, id: &str, _vpc: VpcId, span: Span) -> RouteTarget {
        self.unmodelled_target("VPC endpoint", id, span)
    }
}
