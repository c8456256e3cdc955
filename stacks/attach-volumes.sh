# Attaches a volume, once the worker before has let go of it, and mounts it; formats an empty one.
attach_volume() {
  local volume=$1 device=$2 path=$3 name
  for _ in $(seq 60); do
    aws ec2 attach-volume --volume-id "$volume" --instance-id "$instance" --device "$device" > /dev/null && break
    sleep 10
  done
  # Types with NVMe name a device by its volume, the others as asked.
  name=/dev/disk/by-id/nvme-Amazon_Elastic_Block_Store_${volume/-/}
  for _ in $(seq 60); do
    [ -b "$name" ] && break
    if [ -b "$device" ]; then name=$device && break; fi
    sleep 1
  done
  # 2: nothing that blkid knows is on it. Any other failure ends the boot: the volume may hold data.
  blkid -p "$name" > /dev/null || { [ $? -eq 2 ]; mkfs.xfs -q "$name"; }
  install -d "$path"
  echo "UUID=$(blkid -s UUID -o value "$name") $path auto defaults,nofail 0 2" >> /etc/fstab
  mount "$path"
}
