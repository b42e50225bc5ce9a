namespace Toka.Query.Results;

/// <summary>What each part of a query cost, for those who ask (<see cref="QueryRequest.WantsProfile"/>).</summary>
/// <param name="Preparing">Reading and planning the expression.</param>
/// <param name="Selecting">Finding the series.</param>
/// <param name="Evaluating">Decoding samples and computing.</param>
/// <param name="Finishing">Putting the result together: naming, joining and ordering series.</param>
/// <param name="Fetches">What was selected from the store.</param>
/// <param name="Root">The expression's tree.</param>
public sealed record QueryProfile(
    TimeSpan Preparing, TimeSpan Selecting, TimeSpan Evaluating, TimeSpan Finishing, IReadOnlyList<FetchProfile> Fetches, NodeProfile Root);

/// <summary>One selection from the store; selectors that ask for the same series share it.</summary>
/// <param name="Selector">The selector, or the first one of several.</param>
/// <param name="FromMs">The first moment read, ms since the Unix epoch.</param>
/// <param name="ToMs">The last moment read.</param>
/// <param name="Series">The series found.</param>
/// <param name="Samples">The samples decoded, each as often as it was decoded.</param>
/// <param name="Blocks">The blocks that were read from, memory not among them; −1 where the store does not tell.</param>
/// <param name="ResolutionMs">The coarsest resolution of summaries that answered; 0 for raw samples.</param>
/// <param name="Elapsed">The time to find the series.</param>
public sealed record FetchProfile(
    string Selector, long FromMs, long ToMs, long Series, long Samples, int Blocks, long ResolutionMs, TimeSpan Elapsed);

/// <summary>One node of the expression's tree.</summary>
/// <param name="Kind">What it is, such as <c>sum</c>, <c>rate</c>, <c>selector</c>, <c>*</c>.</param>
/// <param name="Expression">The node as PromQL.</param>
/// <param name="Series">The series that it gave.</param>
/// <param name="Steps">The steps that it was evaluated at; 1 where its value is the same at all.</param>
/// <param name="Samples">The samples that were decoded in it, its children's not counted.</param>
/// <param name="Elapsed">The processor time in it and below it; of several threads added up.</param>
/// <param name="Note">What else is worth knowing, such as <c>shared</c> or <c>once for all steps</c>; usually empty.</param>
/// <param name="Children">The nodes below it.</param>
public sealed record NodeProfile(
    string Kind, string Expression, long Series, int Steps, long Samples, TimeSpan Elapsed, string Note, IReadOnlyList<NodeProfile> Children);
