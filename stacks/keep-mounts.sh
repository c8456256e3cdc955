# Has existing volumes mounted again after a restart, at which user data does not run.
for pair in $MUSTER_VOLUMES; do
  path=${pair#*=}
  ! mountpoint -q "$path" || echo "UUID=$(findmnt -no UUID "$path") $path auto noatime,nofail 0 2" >> /etc/fstab
done
