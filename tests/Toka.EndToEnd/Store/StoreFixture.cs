using System.Security.Cryptography;
using Toka.Tests.Shared;

namespace Toka.EndToEnd.Store;

/// <summary>What the tests of the store share: a server that stores nothing but what it is sent, and its files.</summary>
internal static class StoreFixture
{
    /// <summary>A configuration without the host's own samples, whose file lies beside the data.</summary>
    public static string Quiet(TemporaryDirectory work) => work.File("toka.yaml", "monitoring:\n  enabled: false\n");

    /// <summary>A folder for a server's data.</summary>
    public static string Data(TemporaryDirectory work, string name = "data") => Directory.CreateDirectory(Path.Combine(work.Path, name)).FullName;

    /// <summary>The blocks of a data folder, the largest first.</summary>
    public static FileInfo[] Blocks(string data) =>
        [.. new DirectoryInfo(Path.Combine(data, "metrics", "blocks")).GetFiles("*.tkb").OrderByDescending(static file => file.Length)];

    /// <summary>Every file below a folder with a checksum of its content.</summary>
    public static SortedDictionary<string, string> Contents(string folder) =>
        new(Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).ToDictionary(static file => file, static file => Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(file)))), StringComparer.Ordinal);

    /// <summary>Samples of some series at the same times: whole numbers, so that their sums are exact.</summary>
    public static IEnumerable<GaugeSample> Samples(Random random, int series, long fromMs, int count, long stepMs) =>
        from at in Enumerable.Range(0, count)
        from s in Enumerable.Range(0, series)
        select new GaugeSample(s, fromMs + (at * stepMs), random.Next(1 << 30));
}
