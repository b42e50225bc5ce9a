using Toka.Core.Errors;
using Toka.Core.Labels;
using Toka.TimeSeries.Compaction;

namespace Toka.Engines.Tests.TimeSeries.Compaction;

public sealed class RetentionOptionsTests
{
    private static readonly LabelMatcher Up = new("__name__", MatchOperator.Equal, "up");

    [Fact]
    public void The_defaults_are_valid() => new RetentionOptions().Validate();

    public static TheoryData<RetentionOptions, string> Wrong() => new()
    {
        { new() { RawKeep = TimeSpan.FromSeconds(59) }, "RawKeep is 00:00:59; it must be 1 min or more." },
        { new() { Keep10s = TimeSpan.FromSeconds(-1) }, "Keep10s is -00:00:01; it must be 0 or more." },
        { new() { Keep1m = TimeSpan.FromSeconds(-1) }, "Keep1m is -00:00:01; it must be 0 or more." },
        { new() { Keep1h = TimeSpan.FromSeconds(-1) }, "Keep1h is -00:00:01; it must be 0 or more." },
        { new() { Rules = [new([Up], TimeSpan.FromDays(1)), new([Up], TimeSpan.Zero)] }, "Rules[1].Keep is 00:00:00; it must be 1 min or more." },
        { new() { Rules = [new([], TimeSpan.FromDays(1))] }, "Rules[0].Matchers.Count is 0; it must be 1 or more; for all series set the keeps themselves." },
        { new() { Rules = [.. Enumerable.Repeat(new RetentionRule([Up], TimeSpan.FromDays(1)), 65)] }, "Rules.Count is 65; it must be at most 64." },
        { new() { SizeCapBytes = 1 }, "SizeCapBytes is 1; it must be 16 MiB or more." },
        { new() { DiskReserveBytes = -1 }, "DiskReserveBytes is -1; it must be 0 to 1 TiB." },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public void What_is_out_of_range_is_named_with_its_range(RetentionOptions options, string message) =>
        Assert.Equal(message, Assert.Throws<BadInputException>(options.Validate).Message);
}
