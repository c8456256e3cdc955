# Image of a worker: Amazon Linux 2023 with the example worker installed and not started. User data
# of the launch template writes its settings and starts it.
#
#   packer init packer/worker.pkr.hcl
#   packer build -var region=eu-west-1 -var architecture=arm64 packer/worker.pkr.hcl
#
# manifest.json then names the image; put its id into the SSM parameter that the pool declares.

packer {
  required_version = ">= 1.9.0"
  required_plugins {
    amazon = {
      source  = "github.com/hashicorp/amazon"
      version = ">= 1.2.1, < 2.0.0"
    }
  }
}

variable "region" {
  type        = string
  description = "Region in which the image is built and kept."
}

variable "architecture" {
  type        = string
  default     = "x86_64"
  description = "x86_64 or arm64, as the pool's instance types have it."

  validation {
    condition     = contains(["x86_64", "arm64"], var.architecture)
    error_message = "Allowed architectures: x86_64, arm64."
  }
}

variable "name" {
  type        = string
  default     = "muster-worker"
  description = "Start of the image's name; architecture and time of the build follow."
}

variable "subnet_id" {
  type        = string
  default     = null
  description = "Subnet to build in, with a way to the internet. Default: the default VPC."
}

variable "kms_key_id" {
  type        = string
  default     = null
  description = "Key of the image's snapshots. Default: the account's key for EBS."
}

variable "tags" {
  type        = map(string)
  default     = {}
  description = "Further tags of the image and its snapshots."
}

locals {
  instance_types = {
    x86_64 = "t3.small"
    arm64  = "t4g.small"
  }
  tags = merge(var.tags, {
    Name                  = "${var.name}-${var.architecture}"
    "muster:architecture" = var.architecture
    "muster:source-image" = "{{ .SourceAMI }}"
  })
}

source "amazon-ebs" "worker" {
  region        = var.region
  instance_type = local.instance_types[var.architecture]
  subnet_id     = var.subnet_id
  ssh_username  = "ec2-user"
  ssh_interface = "public_ip"

  associate_public_ip_address = true

  source_ami_filter {
    most_recent = true
    owners      = ["amazon"]
    filters = {
      name                = "al2023-ami-2023.*-kernel-*-${var.architecture}"
      architecture        = var.architecture
      root-device-type    = "ebs"
      virtualization-type = "hvm"
      state               = "available"
    }
  }

  metadata_options {
    http_endpoint               = "enabled"
    http_tokens                 = "required"
    http_put_response_hop_limit = 1
  }

  ami_name        = "${var.name}-${var.architecture}-{{isotime \"2006-01-02-150405\"}}"
  ami_description = "Muster worker on Amazon Linux 2023, ${var.architecture}"
  imds_support    = "v2.0"
  encrypt_boot    = true
  kms_key_id      = var.kms_key_id

  launch_block_device_mappings {
    device_name           = "/dev/xvda"
    volume_type           = "gp3"
    volume_size           = 8
    encrypted             = true
    kms_key_id            = var.kms_key_id
    delete_on_termination = true
  }

  tags          = local.tags
  snapshot_tags = local.tags
  run_tags      = { Name = "${var.name}-build" }
}

build {
  sources = ["source.amazon-ebs.worker"]

  provisioner "file" {
    source      = "${path.root}/../examples/worker/worker.py"
    destination = "/tmp/worker.py"
  }

  provisioner "shell" {
    script          = "${path.root}/install-worker.sh"
    execute_command = "chmod +x {{ .Path }}; sudo {{ .Vars }} {{ .Path }} /tmp/worker.py"
  }

  # Nothing of the build stays: keys, host keys, machine id, logs of the first boot.
  provisioner "shell" {
    inline = [
      "sudo rm -f /tmp/worker.py /etc/ssh/ssh_host_* /home/ec2-user/.ssh/authorized_keys",
      "sudo dnf clean all -q",
      "sudo cloud-init clean --logs",
      "sudo truncate -s 0 /etc/machine-id",
    ]
  }

  post-processor "manifest" {
    output     = "manifest.json"
    strip_path = true
    custom_data = {
      architecture = var.architecture
      region       = var.region
    }
  }
}
