using System.Globalization;
using System.Text.Json;
using Toka.Tests.Shared;

namespace Toka.EndToEnd.Store;

/// <summary>One byte of a block is wrong.</summary>
public sealed class DamageTests
{
    private const int Series = 20;
    private const int Samples = 3000;
    private const long SpanMs = 2 * 60 * 60 * 1000;

    [Fact]
    public async Task Of_a_block_with_a_flipped_byte_the_rest_answers_and_the_doctor_names_the_place_and_repairs_it()
    {
        using var work = new TemporaryDirectory();
        var data = StoreFixture.Data(work);
        var config = StoreFixture.Quiet(work);
        var sums = await WriteAsync(data, config);
        var (file, flippedAt) = FlipOneByte(data);

        string damaged;
        await using (var toka = await TokaProcess.StartAsync(data, config))
        {
            var answer = await toka.AnswerAsync("sum_over_time(damage_value[4h])");
            var warning = Assert.Single(answer.GetProperty("warnings").EnumerateArray()).GetString();
            Assert.Contains(file, warning, StringComparison.Ordinal);
            damaged = Assert.Single(sums.Keys.Except(await IntactAsync(toka, sums)));
            Assert.Equal("Degraded", (await toka.HealthAsync("data")).State);
            Assert.Contains("toka doctor", (await toka.HealthAsync("data")).Reason, StringComparison.Ordinal);
            Assert.Equal(0, await toka.StopAsync());
        }

        var before = StoreFixture.Contents(data);
        var (exitCode, output, errors) = await TokaProcess.RunAsync("doctor", "--data", data, "--output", "json");
        Assert.Equal(1, exitCode);
        Assert.Contains("--repair", errors, StringComparison.Ordinal);
        using (var findings = JsonDocument.Parse(output))
        {
            // One byte is one place: that the whole section's checksum is wrong too says nothing more.
            var chunk = Assert.Single(findings.RootElement.EnumerateArray());
            Assert.Equal(file, chunk.GetProperty("file").GetString());
            Assert.Contains("chunk", chunk.GetProperty("what").GetString(), StringComparison.Ordinal);
            Assert.InRange(flippedAt - chunk.GetProperty("offset").GetInt64(), 0, Samples * sizeof(double));
            Assert.Contains("3000 samples of 1 series", chunk.GetProperty("lost").GetString(), StringComparison.Ordinal);
        }

        Assert.Equal(before, StoreFixture.Contents(data));

        (exitCode, output, errors) = await TokaProcess.RunAsync("doctor", "--data", data, "--repair");
        Assert.True(exitCode == 0, errors);
        Assert.Contains(file, output, StringComparison.Ordinal);
        Assert.Equal(before[file], StoreFixture.Contents(Path.Combine(data, "metrics", "blocks", "damaged")).Values.Single());
        (exitCode, output, errors) = await TokaProcess.RunAsync("doctor", "--data", data);
        Assert.True(exitCode == 0, errors + output);

        await using var repaired = await TokaProcess.StartAsync(data, config);
        Assert.False((await repaired.AnswerAsync("sum_over_time(damage_value[4h])")).TryGetProperty("warnings", out _));
        Assert.Equal([damaged], sums.Keys.Except(await IntactAsync(repaired, sums)));
    }

    /// <summary>The series of which everything is there.</summary>
    private static async Task<IEnumerable<string>> IntactAsync(TokaProcess toka, Dictionary<string, double> sums)
    {
        var found = await toka.NumbersAsync("sum_over_time(damage_value[4h])", "series");
        return sums.Where(series => found.GetValueOrDefault(series.Key) == series.Value).Select(static series => series.Key);
    }

    private static async Task<Dictionary<string, double>> WriteAsync(string data, string config)
    {
        await using var toka = await TokaProcess.StartAsync(data, config);
        using var gauge = new OtlpGauge(toka, "damage_value");

        // Within one of the aligned spans of two hours that blocks are cut at, so that a series has one chunk.
        var now = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
        var from = now - (now % SpanMs) - SpanMs + 600_000;
        var samples = StoreFixture.Samples(new Random(7), Series, from, Samples, 1000).ToArray();
        foreach (var batch in samples.Chunk(20_000))
        {
            await gauge.MustSendAsync(batch);
        }

        Assert.Equal(0, await toka.StopAsync());
        return samples.GroupBy(static sample => sample.Series).ToDictionary(static series => series.Key.ToString(CultureInfo.InvariantCulture), static series => series.Sum(static sample => sample.Value));
    }

    /// <summary>In the middle of the largest block are one series' values: times are shared and small.</summary>
    private static (string File, long At) FlipOneByte(string data)
    {
        var block = StoreFixture.Blocks(data)[0];
        using var stream = block.Open(FileMode.Open, FileAccess.ReadWrite);
        var at = stream.Length / 2;
        stream.Position = at;
        var value = stream.ReadByte();
        stream.Position = at;
        stream.WriteByte((byte)(value ^ 0x10));
        return (block.FullName, at);
    }
}
