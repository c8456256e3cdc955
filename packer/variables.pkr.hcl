variable "layer" {
  type        = string
  description = "base or worker."

  validation {
    condition     = contains(["base", "worker"], var.layer)
    error_message = "Allowed layers: base, worker."
  }
}

variable "region" {
  type        = string
  description = "Region in which the image is built."
}

variable "regions" {
  type        = list(string)
  description = "Regions in which the image is kept, the one it is built in among them."

  validation {
    condition     = length(var.regions) > 0
    error_message = "Allowed: one region or more."
  }
}

variable "source_ami" {
  type        = string
  description = "Image to start from: one of the distribution for the base layer, a base image for the worker layer."

  validation {
    condition     = can(regex("^ami-[0-9a-z]+$", var.source_ami))
    error_message = "Allowed: the id of an image, such as ami-0a1b2c3d."
  }
}

variable "architecture" {
  type        = string
  description = "x86_64 or arm64."

  validation {
    condition     = contains(["x86_64", "arm64"], var.architecture)
    error_message = "Allowed architectures: x86_64, arm64."
  }
}

variable "instance_type" {
  type        = string
  description = "Type of the instance that the image is built on."
}

variable "image_name" {
  type        = string
  description = "Name of the image in each region. No two builds have the same."

  validation {
    condition     = can(regex("^[A-Za-z0-9()./_-]{3,128}$", var.image_name))
    error_message = "Allowed: 3 to 128 letters, digits and ()./_-."
  }
}

variable "description" {
  type        = string
  default     = "Muster worker"
  description = "Description of the image."
}

variable "root_device" {
  type        = string
  description = "Root device of the source image: /dev/xvda or /dev/sda1."
}

variable "root_gibibytes" {
  type        = number
  default     = 8
  description = "Size of the root volume."
}

variable "kms_key_ids" {
  type        = map(string)
  default     = {}
  description = "Key of the snapshots by region. Default: the account's own for EBS."
}

variable "tags" {
  type        = map(string)
  default     = {}
  description = "Tags of the image, its snapshots and whatever the build makes."
}

variable "connect" {
  type        = string
  default     = "session-manager"
  description = "How Packer reaches the machine: session-manager or ssh."

  validation {
    condition     = contains(["session-manager", "ssh"], var.connect)
    error_message = "Allowed: session-manager, ssh."
  }
}

variable "provision" {
  type        = bool
  default     = true
  description = "false makes an image of the source as it is, where no machine boots."
}

variable "ssh_from" {
  type        = list(string)
  default     = []
  description = "IPv4 ranges that may reach the machine over ssh while it is built. Default: the address that this runs at."
}

variable "ssh_username" {
  type        = string
  description = "User of the source image: ec2-user or ubuntu."
}

variable "instance_profile" {
  type        = string
  default     = null
  description = "Instance profile of the machine, which Session Manager needs."
}

variable "subnet_id" {
  type        = string
  default     = null
  description = "Subnet to build in, with a way to the internet. Default: the default VPC."
}

variable "ec2_endpoint" {
  type        = string
  default     = null
  description = "URL of another EC2 than the region's own, such as a local one."
}

variable "polling_seconds" {
  type        = number
  default     = 15
  description = "Time between two looks at what AWS is still doing."
}

variable "ansible_version" {
  type        = string
  description = "Version of ansible-core that runs on the machine while it is built."

  validation {
    condition     = can(regex("^[0-9]+[.][0-9]+[.][0-9]+$", var.ansible_version))
    error_message = "Allowed: a version such as 2.19.14."
  }
}

variable "ansible_variables" {
  type        = string
  default     = "{}"
  description = "Variables of the roles, as JSON. No secrets: the file is on the machine."

  validation {
    condition     = can(jsondecode(var.ansible_variables))
    error_message = "Allowed: JSON."
  }
}

variable "manifest" {
  type        = string
  description = "File that names the images made, by region."
}

variable "machine" {
  type = object({
    host             = string
    port             = number
    private_key_file = string
  })
  default     = null
  description = "A machine that stands for the instance, where the EC2 is a local one whose instances do not boot."
}
