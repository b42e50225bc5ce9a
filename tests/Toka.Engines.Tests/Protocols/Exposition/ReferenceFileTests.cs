using System.Text;

namespace Toka.Engines.Tests.Protocols.Exposition;

public sealed class ReferenceFileTests
{
    private static string Folder => Path.Combine(Environment.GetEnvironmentVariable("TOKA_REFERENCE_DATA") ?? "", "parse");

    [Theory]
    [InlineData("alltypes.237mfs.prom.txt", false)]
    [InlineData("alltypes.5mfs.om.txt", true)]
    public void The_reference_files_are_read_without_a_fault(string name, bool isOpenMetrics)
    {
        Assert.SkipUnless(Directory.Exists(Folder), "TOKA_REFERENCE_DATA is not set: the reference files of the formats are not here.");

        var body = File.ReadAllBytes(Path.Combine(Folder, name));
        var lines = Encoding.UTF8.GetString(body).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        var read = Reading.Of(body, isOpenMetrics);

        // Counted another way: what begins with # is no sample, what ends in _created before its labels is a start.
        var samples = lines.Where(static line => line[0] != '#').ToList();
        var created = isOpenMetrics ? samples.Count(static line => line.Split('{', ' ')[0].EndsWith("_created", StringComparison.Ordinal)) : 0;
        Assert.DoesNotContain(read, static entry => entry.StartsWith("fault", StringComparison.Ordinal));
        Assert.Equal("end", read[^1]);
        Assert.Equal(lines.Count(static line => line.StartsWith("# TYPE ", StringComparison.Ordinal)), read.Count(static entry => entry.StartsWith("type ", StringComparison.Ordinal)));
        Assert.Equal(lines.Count(static line => line.StartsWith("# HELP ", StringComparison.Ordinal)), read.Count(static entry => entry.StartsWith("help ", StringComparison.Ordinal)));
        Assert.Equal(created, read.Count(static entry => entry.StartsWith("created ", StringComparison.Ordinal)));
        Assert.Equal(lines.Count(static line => line.Contains(" # {", StringComparison.Ordinal)), read.Count(static entry => entry.Contains(" # ", StringComparison.Ordinal) && !entry.StartsWith("help ", StringComparison.Ordinal)));
        Assert.Equal(samples.Count - created, read.Count(static entry => entry.Split(' ')[0] is not ("type" or "help" or "unit" or "end" or "created")));
    }
}
