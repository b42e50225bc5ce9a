using Toka.Benchmarks.Protocols.Otlp.Wire;
using Toka.Core.Spans;
using Toka.Protocols.Events;
using Toka.Protocols.Otlp.Traces;

namespace Toka.Benchmarks.Protocols.Otlp;

/// <summary>
/// How quickly OTLP's spans become rows of a batch, attributes as JSON included, beside Google.Protobuf's decoding of the same bytes into
/// objects, which is where other receivers begin. Both on one core, taking turns.
/// </summary>
internal static class OtlpSpanFigures
{
    private const int Rounds = 12;

    public static void Print(string[] kinds, double seconds)
    {
        Say($"{"",-14}{"bytes/span",12}{"toka spans/s",15}{"garbage/span",15}{"Google spans/s",17}{"garbage/span",15}{"ratio",8}");
        foreach (var (kind, make) in OtlpSpanRequests.All.Where(all => kinds.Contains(all.Kind)))
        {
            var body = make();
            using var decoder = new OtlpTracesDecoder(new EventLimits());
            var batch = new SpanBatch();
            void Toka()
            {
                batch.Clear();
                if (decoder.DecodeProtobuf(body, batch).Accepted != OtlpSpanRequests.Spans)
                {
                    throw new InvalidOperationException("not every span was taken");
                }
            }

            void Google()
            {
                if (TraceRequest.Parser.ParseFrom(body).ResourceSpans.Count == 0)
                {
                    throw new InvalidOperationException("the request was not read");
                }
            }

            var (ours, theirs) = (new BestRound(OtlpSpanRequests.Spans), new BestRound(OtlpSpanRequests.Spans));
            for (var round = 0; round < Rounds; round++)
            {
                ours.Run(Toka, seconds / Rounds);
                theirs.Run(Google, seconds / Rounds);
            }

            Say($"{kind,-14}{(double)body.Length / OtlpSpanRequests.Spans,12:F0}{ours.PerSecond,15:N0}{ours.Garbage,15:F1}{theirs.PerSecond,17:N0}{theirs.Garbage,15:F1}{ours.PerSecond / theirs.PerSecond,8:F2}");
        }
    }

    private static void Say(FormattableString line) => Console.WriteLine(FormattableString.Invariant(line));
}
