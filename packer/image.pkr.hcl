# The image of a pool's workers, in two layers. The base layer has what seldom changes; the worker layer
# starts from a base image of the fleet's own, which makes the frequent build fast. Both are built the same
# way, from `source_ami`, by Ansible on the machine itself.
#
# `npx muster image build POOL` writes the variables from muster.yaml and runs this.

packer {
  required_version = ">= 1.9.0"
  required_plugins {
    amazon = {
      source  = "github.com/hashicorp/amazon"
      version = ">= 1.2.1, < 2.0.0"
    }
  }
}

locals {
  # Session Manager needs no open port, no public address and no security group of its own.
  session_manager = var.connect == "session-manager"
  tags            = merge(var.tags, { "muster:base-image" = var.source_ami })

  ssh     = var.connect == "ssh" && var.provision && var.machine == null
  skipped = var.provision ? [] : ["amazon-ebs.image"]

  # Where Ansible finds its own files on the machine; removed at the end.
  build_folder = "/var/tmp/muster-build"
}

source "amazon-ebs" "image" {
  region        = var.region
  source_ami    = var.source_ami
  instance_type = var.instance_type
  subnet_id     = var.subnet_id

  # Packer does not read AWS_ENDPOINT_URL.
  custom_endpoint_ec2        = var.ec2_endpoint
  skip_region_validation     = var.ec2_endpoint != null
  skip_credential_validation = var.ec2_endpoint != null

  communicator         = var.provision ? "ssh" : "none"
  ssh_username         = var.ssh_username
  ssh_host             = var.machine == null ? null : var.machine.host
  ssh_port             = var.machine == null ? 22 : var.machine.port
  ssh_private_key_file = var.machine == null ? null : var.machine.private_key_file
  ssh_interface        = local.session_manager ? "session_manager" : "public_ip"
  ssh_timeout          = "10m"
  iam_instance_profile = var.instance_profile

  # A new security group, open to who builds and to nobody else.
  temporary_security_group_source_cidrs     = length(var.ssh_from) > 0 ? var.ssh_from : null
  temporary_security_group_source_public_ip = local.ssh && length(var.ssh_from) == 0

  associate_public_ip_address = local.session_manager ? null : true

  # With IMDSv2 only, the machine that builds and the workers of the image alike.
  imds_support = "v2.0"
  metadata_options {
    http_endpoint               = "enabled"
    http_tokens                 = "required"
    http_put_response_hop_limit = 1
  }

  ami_name        = var.image_name
  ami_description = var.description
  ami_regions     = [for region in var.regions : region if region != var.region]
  encrypt_boot    = true
  kms_key_id      = lookup(var.kms_key_ids, var.region, "")
  # The account's own key for EBS where a region has none declared.
  region_kms_key_ids = {
    for region in var.regions : region => lookup(var.kms_key_ids, region, "") if region != var.region
  }

  launch_block_device_mappings {
    device_name           = var.root_device
    volume_type           = "gp3"
    volume_size           = var.root_gibibytes
    encrypted             = true
    kms_key_id            = lookup(var.kms_key_ids, var.region, "")
    delete_on_termination = true
  }

  tags            = local.tags
  snapshot_tags   = local.tags
  run_tags        = merge(var.tags, { Name = "${var.image_name}-build" })
  run_volume_tags = var.tags

  aws_polling {
    delay_seconds = var.polling_seconds
    max_attempts  = 120
  }
}
