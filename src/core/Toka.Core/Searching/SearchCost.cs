namespace Toka.Core.Searching;

/// <summary>What a search looked at, and whether it was cut short.</summary>
/// <param name="Rows">Spans or log records that were read.</param>
/// <param name="Parts">Sealed files that were opened.</param>
/// <param name="PartsSkipped">Sealed files within the range that an index said have nothing.</param>
/// <param name="IsCut">Whether there is more than was returned: the limit was met, or the time was up.</param>
public readonly record struct SearchCost(long Rows, int Parts, int PartsSkipped, bool IsCut)
{
    /// <summary>Two costs as one.</summary>
    public static SearchCost operator +(SearchCost left, SearchCost right) =>
        new(left.Rows + right.Rows, left.Parts + right.Parts, left.PartsSkipped + right.PartsSkipped, left.IsCut || right.IsCut);
}
