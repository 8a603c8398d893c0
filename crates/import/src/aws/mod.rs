//! Folders of `aws ec2 describe-*` output.
