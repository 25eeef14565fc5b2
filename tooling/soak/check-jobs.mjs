/**
 * What became of the jobs that were accepted.
 *
 * @param accepted `{ id, seed }[]`
 * @param hashes weightsHash of an undisturbed run, by seed
 */
export async function checkJobs(client, accepted, hashes) {
  const figures = {
    jobs: accepted.length,
    lost: 0,
    twice: 0,
    otherHashes: 0,
    unasked: 0,
    mostAttempts: 0,
    reruns: 0,
  };
  for (const { id } of accepted) await client.over(id);
  const models = await client.all('/api/models');
  for (const { id, seed } of accepted) {
    const job = await client.job(id);
    const succeeded = (await client.events(id)).filter(({ type }) => type === 'succeeded').length;
    const made = models.filter(({ source }) => source?.job === id).length;
    if (job.status !== 'succeeded') {
      figures.lost++;
      console.error(`lost: ${id} is ${job.status}: ${JSON.stringify(job.error)}`);
      continue;
    }
    if (succeeded !== 1 || made !== 1) {
      figures.twice++;
      console.error(`twice: ${id} succeeded ${succeeded} times and made ${made} models`);
    }
    if (job.result.weightsHash !== hashes[seed]) figures.otherHashes++;
    figures.mostAttempts = Math.max(figures.mostAttempts, job.attempt);
    figures.reruns += job.attempt - 1;
  }
  const asked = new Set(accepted.map(({ id }) => id));
  figures.unasked = (await client.all('/v1/fine_tuning/jobs')).filter(({ id }) => !asked.has(id)).length;
  return figures;
}

/** Whether all is as it has to be. */
export const sound = ({ lost, twice, otherHashes, unasked }) => lost + twice + otherHashes + unasked === 0;
