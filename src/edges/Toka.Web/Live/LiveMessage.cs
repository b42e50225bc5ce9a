using System.Text.Json;

namespace Toka.Web.Live;

/// <summary>What a page asks.</summary>
/// <param name="IsSubscribe">Whether it subscribes; else it unsubscribes.</param>
/// <param name="Id">The subscription's id.</param>
/// <param name="Expression">PromQL.</param>
/// <param name="StepMs">The step.</param>
/// <param name="RangeMs">The range.</param>
internal readonly record struct LiveMessage(bool IsSubscribe, uint Id, string Expression, long StepMs, long RangeMs)
{
    /// <summary>The shortest step: what changes faster cannot be read.</summary>
    public const long StepMsMin = 250;

    /// <summary>The longest step: one hour.</summary>
    public const long StepMsMax = 3_600_000;

    /// <summary>Reads a message.</summary>
    /// <param name="text">UTF-8 JSON.</param>
    /// <param name="maxPoints">The most points in a range.</param>
    /// <param name="message">What was asked; its id is set where it could be read, even if the rest is wrong.</param>
    /// <returns>What is wrong with it; null where nothing is.</returns>
    /// <exception cref="JsonException">It is not JSON.</exception>
    public static string? Read(ReadOnlyMemory<byte> text, int maxPoints, out LiveMessage message)
    {
        message = default;
        using var document = JsonDocument.Parse(text);
        try
        {
            return Read(document.RootElement, maxPoints, ref message);
        }
        catch (InvalidOperationException e)
        {
            // Only now it is looked at whether keys and texts are Unicode: bytes that are no UTF-8, or half a pair of UTF-16.
            throw new JsonException(e.Message, e);
        }
    }

    private static string? Read(JsonElement root, int maxPoints, ref LiveMessage message)
    {
        if (root.ValueKind != JsonValueKind.Object)
        {
            return "A message is a JSON object.";
        }

        if (!TryNumber(root, "id", out var id) || id is < 1 or > int.MaxValue)
        {
            return "\"id\" must be a whole number from 1 to 2147483647.";
        }

        message = new LiveMessage(false, (uint)id, "", 0, 0);
        var op = TextOf(root, "op");
        if (op == "unsubscribe")
        {
            return null;
        }

        if (op != "subscribe")
        {
            return "\"op\" must be \"subscribe\" or \"unsubscribe\".";
        }

        if (TextOf(root, "expr") is not { Length: > 0 } expression)
        {
            return "\"expr\" must be a PromQL expression.";
        }

        if (!TryNumber(root, "stepMs", out var stepMs) || stepMs is < StepMsMin or > StepMsMax)
        {
            return $"\"stepMs\" must be a whole number from {StepMsMin} to {StepMsMax}.";
        }

        if (!TryNumber(root, "rangeMs", out var rangeMs) || rangeMs < 0 || rangeMs / stepMs >= maxPoints)
        {
            return $"\"rangeMs\" must be a whole number that makes fewer than {maxPoints} steps: at most {(maxPoints * stepMs) - 1} at this step.";
        }

        message = new LiveMessage(true, (uint)id, expression, stepMs, rangeMs);
        return null;
    }

    private static string? TextOf(JsonElement root, string name) =>
        root.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static bool TryNumber(JsonElement root, string name, out long number)
    {
        number = 0;
        return root.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out number);
    }
}
