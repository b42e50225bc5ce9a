using System.Text.Json;

namespace Toka.Cli.Querying;

/// <summary>Reading answers that may lack members: what is not there is undefined, empty or a given number.</summary>
internal static class JsonElements
{
    /// <summary>A member of an object; undefined where there is none.</summary>
    public static JsonElement Get(this JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) ? value : default;

    /// <summary>A string's text; empty for anything else.</summary>
    public static string Text(this JsonElement element) =>
        element.ValueKind == JsonValueKind.String ? element.GetString()! : "";

    /// <summary>A number; the given one for anything else.</summary>
    public static double Number(this JsonElement element, double otherwise) =>
        element.ValueKind == JsonValueKind.Number ? element.GetDouble() : otherwise;

    /// <summary>An array's items; none for anything else.</summary>
    public static IEnumerable<JsonElement> Items(this JsonElement element)
    {
        if (element.ValueKind != JsonValueKind.Array)
        {
            yield break;
        }

        foreach (var item in element.EnumerateArray())
        {
            yield return item;
        }
    }
}
