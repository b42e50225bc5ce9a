using Toka.Simulation.Worlds;

namespace Toka.Simulation;

/// <summary>
/// Seeds that once found a fault of the store, each with what it was. A change of the steps' dice turns them into ordinary
/// worlds; then the description still says what to think of.
/// </summary>
public sealed class KnownSeedTests
{
    [Theory]
    [InlineData("854841673/25/0", "a read that gave back less than was asked for made a good header a torn one")]
    [InlineData("431510963/300/0", "what a dead process had only handed to the kernel was never synced by the next one")]
    [InlineData("326930750/25/10", "a half-made segment that could not be removed stood in its successor's way")]
    [InlineData("794239365/300/0", "in recovery, series that were gone took the places of living ones under the limit of series")]
    [InlineData("599126301/300/0", "whole records of a failed write that could not be cut off won over what was acknowledged later")]
    [InlineData("89157772/300/0", "after a sync that failed, writing went on behind the hole")]
    [InlineData("392331282/300/0", "a sync that failed with an access error came through to the caller")]
    [InlineData("891686723/300/0", "the model took for synced what surfaced while a sync of the recovery failed")]
    [InlineData("177756712/300/0", "the model took for synced what recovery could not open to sync")]
    [InlineData("852321693/300/0", "the model took for synced what came back into retention after a sync of it had failed")]
    [InlineData("129785765/300/0", "the same, with another value for that time sent meanwhile")]
    [InlineData("722983404/300/0", "late samples that a failed seal had frozen were let go by a later seal of an earlier boundary")]
    [InlineData("958161781/300/0", "after a block was deleted on a full disk its time was taken again, and after a power cut the log's older value won")]
    [InlineData("628320944/300/0", "the same, and the older value won after a clean stop that left the log")]
    [InlineData("256271523/300/0", "a seal closed a segment from which a failed write could not be cut, and the next write met no file")]
    [InlineData("266909944/300/0", "the process died between the deletion of a block and the word of it")]
    [InlineData("513586060/300/0", "the model took for lost what a damaged index of a block does not find, and the answer says so")]
    [InlineData("46972897/300/0", "the model did not know of a sync that failed right before the process died")]
    [InlineData("75790196/300/0", "late samples of a day whose damaged block was set aside were not answered beside the day's summaries")]
    [InlineData("492867107/300/0", "late samples of a day whose damaged block was set aside were not answered beside the day's summaries")]
    [InlineData("805317619/300/0", "the model took for gone what summaries stood in for after a block was damaged, and a raw block still had it")]
    [InlineData("361715356/300/0", "a flipped bit healed in a power cut: a failed sync had put its sector on the simulated disk, without the length")]
    public void A_world_that_failed_once_holds(string course, string fault)
    {
        using var directories = new StoreDirectories();
        var report = Campaign.RunOne(Course.Parse(course), new Tally(), directories);
        Assert.True(report is null, $"again: {fault}\n{report}");
    }
}
