build {
  sources = ["source.amazon-ebs.image"]

  provisioner "shell" {
    except = local.skipped
    inline = [
      "cloud_init=$(command -v cloud-init || true)",
      "[ -z \"$cloud_init\" ] || sudo cloud-init status --wait > /dev/null || true",
      "sudo install -d -m 0700 -o \"$(id -un)\" ${local.build_folder}",
    ]
  }

  provisioner "file" {
    except      = local.skipped
    sources     = ["${path.root}/ansible", "${path.root}/agent"]
    destination = local.build_folder
  }

  provisioner "file" {
    except      = local.skipped
    content     = jsonencode(merge(jsondecode(var.ansible_variables), { muster_layer = var.layer }))
    destination = "${local.build_folder}/variables.json"
  }

  provisioner "shell" {
    except          = local.skipped
    script          = "${path.root}/provision.sh"
    execute_command = "chmod +x {{ .Path }}; sudo {{ .Vars }} {{ .Path }} ${local.build_folder} ${var.ansible_version}"
    timeout         = "30m"
  }

  # Last: it takes away the key that Packer came in with, and then looks at what is left.
  provisioner "shell" {
    except          = local.skipped
    script          = "${path.root}/finish.sh"
    execute_command = "chmod +x {{ .Path }}; sudo {{ .Vars }} {{ .Path }} ${local.build_folder} ${var.layer}"
    skip_clean      = true
  }

  post-processor "manifest" {
    output     = var.manifest
    strip_path = true
    custom_data = {
      layer        = var.layer
      architecture = var.architecture
      source_ami   = var.source_ami
      image_name   = var.image_name
    }
  }
}
