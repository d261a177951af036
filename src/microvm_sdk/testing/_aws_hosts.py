"""The domains of AWS."""

from botocore.loaders import create_loader


def aws_domains() -> set[str]:
    """Return the domains of the endpoints of AWS services, in every partition."""
    domains = {"amazonaws.com"}
    for partition in create_loader().load_data("partitions")["partitions"]:
        outputs = partition["outputs"]
        domains |= {outputs["dnsSuffix"], outputs["dualStackDnsSuffix"]}
    return domains
