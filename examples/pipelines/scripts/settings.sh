# shellcheck shell=bash disable=SC2034
# What the jobs share. Run each script in the folder of muster that has your muster.yaml.
#
#   MUSTER_CONFIG       the declaration (muster.yaml)
#   MUSTER_OUT          what the jobs hand on: stacks with their plans, images, cost (pipeline.out)
#   MUSTER_POOLS        pools to build and deploy images for (none: no image)
#   MUSTER_CANARY       workers of a new image that must run before the rest starts (none)
#   MUSTER_SCALER       URL of the scaler's API, which knows who registered (none: AWS is asked)
#   MUSTER_WATCH        how long a deployment is followed (30m)
#   MUSTER_KEEP         newest images of each pool and architecture that stay (3)
#   MUSTER_OLDER_THAN   younger images stay (30d)
#   MUSTER_BUILD_OPTIONS  further options of muster image build (none)
set -euo pipefail

config=${MUSTER_CONFIG:-muster.yaml}
out=${MUSTER_OUT:-pipeline.out}
read -ra pools <<< "${MUSTER_POOLS:-}"
export TF_IN_AUTOMATION=1 TF_INPUT=0
mkdir -p "$out"

# Folders of the stacks, in the order of their application.
stack_folders() {
  cat "$out/stacks.txt"
}
