/**
 * A worker in bash, whose tasks are files: it takes one from `queue`, and moves it to `done` once there is
 * `finish-TASK`. A first TERM: it takes no more. A second one: it hands back what it has, and exits with
 * `handedBack`.
 */
export const taskLoop = (handedBack: number) => `stop=0
trap 'stop=$((stop + 1))' TERM
while [ "$stop" -eq 0 ]; do
  for task in $(ls queue | head -1); do
    mv "queue/$task" running/
    until [ -e "finish-$task" ]; do
      [ "$stop" -lt 2 ] || { mv "running/$task" queue/; exit ${handedBack}; }
      sleep 0.1
    done
    mv "running/$task" done/
  done
  sleep 0.1
done
`;
