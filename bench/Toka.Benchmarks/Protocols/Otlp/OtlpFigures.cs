using Toka.Benchmarks.Protocols.Otlp.Wire;
using Toka.Core.Series;
using Toka.Protocols.Otlp;

namespace Toka.Benchmarks.Protocols.Otlp;

/// <summary>
/// How quickly OTLP's points become rows of a batch, names, labels and hashes included, beside Google.Protobuf's decoding of the
/// same bytes into objects, which is where other receivers begin. Both on one core, taking turns; a second is one of a processor's
/// time, the collection of garbage included.
/// </summary>
internal static class OtlpFigures
{
    private const int Rounds = 12;

    public static void Print(string[] kinds, double seconds)
    {
        Say($"{"",-14}{"bytes/point",12}{"rows/point",12}{"toka points/s",15}{"garbage/point",15}{"Google points/s",17}{"garbage/point",15}{"ratio",8}");
        foreach (var (kind, make) in OtlpRequests.All.Where(all => kinds.Length == 0 || kinds.Contains(all.Kind)))
        {
            var body = make();
            var limits = new OtlpLimits();
            using var decoder = new OtlpMetricsDecoder(limits, new OtlpDeltaAccumulator(limits, TimeProvider.System));
            using var batch = new WriteBatch();
            void Toka()
            {
                batch.Clear();
                if (decoder.DecodeProtobuf(body, batch).Accepted != OtlpRequests.Points)
                {
                    throw new InvalidOperationException($"not every {kind} point was taken");
                }
            }

            void Google()
            {
                if (ExportRequest.Parser.ParseFrom(body).ResourceMetrics.Count != 1)
                {
                    throw new InvalidOperationException($"the {kind} request was not read");
                }
            }

            var (ours, theirs) = (new BestRound(OtlpRequests.Points), new BestRound(OtlpRequests.Points));
            for (var round = 0; round < Rounds; round++)
            {
                ours.Run(Toka, seconds / Rounds);
                theirs.Run(Google, seconds / Rounds);
            }

            var rows = (batch.Count + batch.Histograms.Count) / (double)OtlpRequests.Points;
            Say($"{kind,-14}{(double)body.Length / OtlpRequests.Points,12:F0}{rows,12:F1}{ours.PerSecond,15:N0}{ours.Garbage,15:F1}{theirs.PerSecond,17:N0}{theirs.Garbage,15:F1}{ours.PerSecond / theirs.PerSecond,8:F2}");
        }
    }

    private static void Say(FormattableString line) => Console.WriteLine(FormattableString.Invariant(line));
}
