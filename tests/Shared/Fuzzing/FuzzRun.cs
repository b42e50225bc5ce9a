using System.Diagnostics;
using System.Globalization;

namespace Toka.Tests.Fuzzing;

/// <summary>Fuzz tests run alone: what they measure is the process's memory.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class FuzzCollection
{
    /// <summary>Its name.</summary>
    public const string Name = "fuzz";
}

/// <summary>
/// Gives a parser made inputs for its part of the time that all <see cref="FuzzTarget"/> share: TOKA_FUZZ_SECONDS, 120 by
/// default, 3600 with TOKA_TEST_LONG=1. TOKA_FUZZ_SEED repeats a run; every input has a seed of its own, the next one's is one
/// larger, so that a failure is repeated at once. An input fails by an exception, by what it allocates, or by taking no end.
/// </summary>
/// <param name="target">What is fuzzed.</param>
internal sealed class FuzzRun(FuzzTarget target)
{
    /// <summary>
    /// How often in seconds one is looked at, and how often one is found the same before it counts as a hang. An input takes
    /// microseconds. Looks are counted and not time, so that a machine that was halted is no hang.
    /// </summary>
    private const int HangLooks = 15;

    private const int WarmInputs = 2000;

    private long _count;
    private byte[] _input = [];
    private int _seed;

    /// <summary>Judges an input by asserts, and by throwing nothing. Random choices it takes from the second argument.</summary>
    /// <returns>Whether the input was taken, for the figures.</returns>
    public delegate bool Judge(byte[] input, Random random);

    /// <summary>Good inputs. Each is judged as it is first, and must be taken.</summary>
    public required IReadOnlyList<byte[]> Corpus { get; init; }

    /// <summary>What is put in besides.</summary>
    public IReadOnlyList<byte[]> Pieces { get; init; } = [];

    /// <summary>What an input may allocate whatever its length, in bytes: tables, and the first faults in words.</summary>
    public long AllocatedMax { get; init; } = 256 * 1024;

    /// <summary>What each byte of an input may allocate, in bytes. Default 2048: the shortest fault is told in some hundred.</summary>
    public long AllocatedPerByteMax { get; init; } = 2048;

    /// <summary>
    /// How much more memory may be held after the run than after its first inputs, in bytes: caches fill up, and the runtime
    /// compiles. Default 16 MiB.
    /// </summary>
    public long HeldMax { get; init; } = 16 << 20;

    private static double SecondsOfAll =>
        Environment.GetEnvironmentVariable("TOKA_FUZZ_SECONDS") is { Length: > 0 } given ? double.Parse(given, CultureInfo.InvariantCulture)
        : Environment.GetEnvironmentVariable("TOKA_TEST_LONG") == "1" ? 3600
        : 120;

    /// <summary>Runs until the time is over, or to the first input that fails.</summary>
    public void Run(Judge judge)
    {
        _seed = Environment.GetEnvironmentVariable("TOKA_FUZZ_SEED") is { Length: > 0 } given ? int.Parse(given, CultureInfo.InvariantCulture) : Random.Shared.Next();
        // A stack that overflows leaves nothing but this and its own trace.
        Console.WriteLine($"fuzz: {target} begins with TOKA_FUZZ_SEED={_seed}");
        foreach (var input in Corpus)
        {
            Assert.True(Judged(judge, input, isBounded: false), $"an input of the corpus is not taken: {Convert.ToBase64String(input)}");
        }

        using var watch = Watch();
        var seconds = SecondsOfAll / Enum.GetValues<FuzzTarget>().Length;
        var clock = Stopwatch.StartNew();
        var mutator = new FuzzMutator(Corpus, Pieces);
        long taken = 0, heldBefore = 0;
        var (slowest, slowestAt) = (TimeSpan.Zero, 0L);
        do
        {
            if (_count == WarmInputs)
            {
                heldBefore = GC.GetTotalMemory(forceFullCollection: true);
            }

            var input = mutator.Next(new Random(unchecked(_seed + (int)_count)));
            var begun = clock.Elapsed;
            taken += Judged(judge, input, isBounded: true) ? 1 : 0;
            if (clock.Elapsed - begun > slowest)
            {
                (slowest, slowestAt) = (clock.Elapsed - begun, _count);
            }

            _count++;
        }
        while (clock.Elapsed.TotalSeconds < seconds);

        var held = _count > WarmInputs ? GC.GetTotalMemory(forceFullCollection: true) - heldBefore : 0;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"figures: fuzzing {target}: {_count:N0} inputs, {taken:N0} of them taken, in {clock.Elapsed.TotalSeconds:N0} s; {held / 1024:N0} KiB more held; TOKA_FUZZ_SEED={_seed}; the slowest took {slowest.TotalMilliseconds:N0} ms, TOKA_FUZZ_SEED={unchecked(_seed + (int)slowestAt)}"));
        Assert.True(held <= HeldMax, $"{held} bytes more are held after {_count} inputs than after {WarmInputs}; TOKA_FUZZ_SEED={_seed}");
    }

    private bool Judged(Judge judge, byte[] input, bool isBounded)
    {
        Volatile.Write(ref _input, input);
        var random = new Random(unchecked(_seed + (int)_count));
        try
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            var isTaken = judge(input, random);
            var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            Assert.True(!isBounded || allocated <= AllocatedMax + (AllocatedPerByteMax * input.Length), $"{input.Length} bytes made it allocate {allocated}");
            return isTaken;
        }
        catch (Exception e)
        {
            Assert.Fail($"{Told(input)}\n{e}");
            throw;
        }
    }

    /// <summary>Ends the process where one input goes on and on: nothing else ends a thread that does.</summary>
    private Timer Watch()
    {
        long looked = -1;
        var looks = 0;
        return new Timer(
            _ =>
            {
                var count = Volatile.Read(ref _count);
                looks = count == looked ? looks + 1 : 0;
                looked = count;
                if (looks >= HangLooks && !Debugger.IsAttached)
                {
                    var told = $"{Told(Volatile.Read(ref _input))}: it takes no end";
                    Console.WriteLine(told);
                    Environment.FailFast(told);
                }
            },
            null, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1));
    }

    private string Told(byte[] input) => $"fuzzing {target}, input {_count}; TOKA_FUZZ_SEED={unchecked(_seed + (int)_count)} begins with it: {Convert.ToBase64String(input)}";
}
